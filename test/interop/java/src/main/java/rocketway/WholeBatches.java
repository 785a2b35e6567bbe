package rocketway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Batches to a topic that keeps them whole: each is sent as one, consumed one by one, and one
 * message of a batch comes again alone. Prints events as Interop does. Arguments: namesrv address,
 * topic, group, subscription.
 */
public final class WholeBatches {
    private static final int BATCHES = 12;
    private static String topic;

    public static void main(String[] args) {
        try {
            topic = args[1];
            int sent = send(args[0], args[2]);
            if (!consume(args, sent)) throw new IllegalStateException("not all came");
            print("done", "", "", 0, 0, "");
            System.exit(0);
        } catch (Throwable cause) {
            cause.printStackTrace();
            System.exit(1);
        }
    }

    private static int send(String namesrv, String group) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(group + "-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(10000);
        producer.start();
        int count = 0;
        for (int batch = 0; batch < BATCHES; batch++) {
            List<Message> messages = new ArrayList<>();
            for (int at = 0; at <= batch % 5; at++) {
                String body = "batch " + batch + " message " + at;
                messages.add(new Message(topic, "Tag" + at, "key-" + batch + "-" + at, body.getBytes(StandardCharsets.UTF_8)));
            }
            SendResult result = producer.send(messages);
            print("sent", "batch", String.valueOf(messages.size()), result.getMessageQueue().getQueueId(), result.getQueueOffset(), result.getSendStatus() + "|" + result.getMsgId());
            count += messages.size();
        }
        producer.shutdown();
        return count;
    }

    private static boolean consume(String[] args, int sent) throws Exception {
        String subscription = args[3];
        Set<String> seen = ConcurrentHashMap.newKeySet();
        // The one that is given back comes once more.
        CountDownLatch left = new CountDownLatch((subscription.equals("*") ? sent : BATCHES) + 1);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args[2]);
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, subscription);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                print("received", "batch", body, message.getQueueId(), message.getQueueOffset(),
                    message.getTags() + "|" + message.getKeys() + "|" + message.getReconsumeTimes());
                left.countDown();
                if (body.equals("batch 7 message 0") && seen.add(body)) return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        boolean came = left.await(90, TimeUnit.SECONDS);
        consumer.shutdown();
        return came;
    }

    private static synchronized void print(String event, String scenario, String body, int queueId, long offset, String detail) {
        System.out.println("{\"event\":\"" + event + "\",\"scenario\":\"" + scenario + "\",\"body\":\"" + body
            + "\",\"queueId\":" + queueId + ",\"offset\":" + offset + ",\"detail\":\"" + detail + "\"}");
    }
}
