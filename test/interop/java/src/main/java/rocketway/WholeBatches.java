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
 * topic, group, and a group that subscribes to one tag only, or nothing.
 */
public final class WholeBatches {
    private static final int BATCHES = 12;
    private static String topic;

    public static void main(String[] args) {
        try {
            topic = args[1];
            int sent = send(args[0], args[2]);
            // The one that is given back comes once more.
            CountDownLatch all = consume(args[0], args[2], "*", "all", sent + 1);
            CountDownLatch tagged = args.length < 4 ? new CountDownLatch(0) : consume(args[0], args[3], "Tag0", "tagged", BATCHES);
            if (!all.await(90, TimeUnit.SECONDS) || !tagged.await(30, TimeUnit.SECONDS)) throw new IllegalStateException("not all came");
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

    private static CountDownLatch consume(String namesrv, String group, String subscription, String scenario, int count) throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch left = new CountDownLatch(count);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, subscription);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                print("received", scenario, body, message.getQueueId(), message.getQueueOffset(),
                    message.getTags() + "|" + message.getKeys() + "|" + message.getReconsumeTimes());
                left.countDown();
                if (scenario.equals("all") && body.equals("batch 7 message 0") && seen.add(body)) return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        return left;
    }

    private static synchronized void print(String event, String scenario, String body, int queueId, long offset, String detail) {
        System.out.println("{\"event\":\"" + event + "\",\"scenario\":\"" + scenario + "\",\"body\":\"" + body
            + "\",\"queueId\":" + queueId + ",\"offset\":" + offset + ",\"detail\":\"" + detail + "\"}");
    }
}
