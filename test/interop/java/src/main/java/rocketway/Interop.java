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
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Runs the official client and prints what happened, one JSON object a line; the test that
 * started it accounts for every message. Arguments: namesrv address, prefix of topics and groups.
 */
public final class Interop {
    private static String namesrv;
    private static String prefix;

    public static void main(String[] args) {
        try {
            run(args);
            System.exit(0);
        } catch (Throwable cause) {
            // The client's own threads would keep the process alive.
            cause.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String[] args) throws Exception {
        namesrv = args[0];
        prefix = args[1];
        DefaultMQProducer producer = new DefaultMQProducer(prefix + "-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(10000);
        producer.start();
        sync(producer);
        async(producer);
        oneway(producer);
        batch(producer);
        ordered(producer);
        consumeConcurrently(282, "*", prefix + "-all");
        consumeConcurrently(50, "TagA", prefix + "-tag");
        consumeOrderly(200);
        producer.shutdown();
        print("done", "all", "", 0, 0, "");
    }

    private static Message message(String topic, String tag, String body) {
        return new Message(topic, tag, "key-" + body, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void sync(DefaultMQProducer producer) throws Exception {
        for (int i = 0; i < 100; i++) {
            sent("sync", "sync-" + i, producer.send(message(prefix, i % 2 == 0 ? "TagA" : "标签", "sync-" + i)));
        }
    }

    private static void async(DefaultMQProducer producer) throws Exception {
        CountDownLatch done = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            String body = "async-" + i;
            producer.send(message(prefix, "TagB", body), new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    sent("async", body, result);
                    done.countDown();
                }

                @Override
                public void onException(Throwable cause) {
                    print("failed", "async", body, 0, 0, String.valueOf(cause.getMessage()));
                    done.countDown();
                }
            });
        }
        done.await(30, TimeUnit.SECONDS);
    }

    private static void oneway(DefaultMQProducer producer) throws Exception {
        for (int i = 0; i < 50; i++) {
            producer.sendOneway(message(prefix, "TagB", "oneway-" + i));
            print("sent", "oneway", "oneway-" + i, -1, -1, "");
        }
    }

    private static void batch(DefaultMQProducer producer) throws Exception {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 32; i++) messages.add(message(prefix, "TagB", "batch-" + i));
        SendResult result = producer.send(messages);
        for (int i = 0; i < 32; i++) {
            print("sent", "batch", "batch-" + i, result.getMessageQueue().getQueueId(), result.getQueueOffset() + i,
                result.getOffsetMsgId().split(",")[i]);
        }
    }

    private static void ordered(DefaultMQProducer producer) throws Exception {
        for (int i = 0; i < 200; i++) {
            int key = i % 10;
            String body = "ordered-" + key + "-" + i / 10;
            sent("ordered", body, producer.send(message(prefix + "-ordered", "TagO", body),
                (queues, ignored, argument) -> queues.get((Integer) argument % queues.size()), key));
        }
    }

    private static void consumeConcurrently(int expected, String tags, String group) throws Exception {
        DefaultMQPushConsumer consumer = consumer(group);
        consumer.subscribe(prefix, tags);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch done = new CountDownLatch(expected);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                received(group, message);
                if (seen.add(message.getMsgId())) done.countDown();
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        done.await(60, TimeUnit.SECONDS);
        consumer.shutdown();
    }

    private static void consumeOrderly(int expected) throws Exception {
        DefaultMQPushConsumer consumer = consumer(prefix + "-orderly");
        consumer.subscribe(prefix + "-ordered", "*");
        CountDownLatch done = new CountDownLatch(expected);
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            for (MessageExt message : messages) {
                received(prefix + "-orderly", message);
                done.countDown();
            }
            return ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        done.await(60, TimeUnit.SECONDS);
        consumer.shutdown();
    }

    private static DefaultMQPushConsumer consumer(String group) {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        return consumer;
    }

    private static void sent(String scenario, String body, SendResult result) {
        print("sent", scenario, body, result.getMessageQueue().getQueueId(), result.getQueueOffset(), result.getOffsetMsgId());
    }

    private static void received(String group, MessageExt message) {
        print("received", group, new String(message.getBody(), StandardCharsets.UTF_8), message.getQueueId(),
            message.getQueueOffset(), message.getTags() + "/" + message.getKeys());
    }

    static synchronized void print(String event, String scenario, String body, int queueId, long offset, String detail) {
        System.out.println("{\"event\":\"" + event + "\",\"scenario\":\"" + scenario + "\",\"body\":\"" + body
            + "\",\"queueId\":" + queueId + ",\"offset\":" + offset + ",\"detail\":\"" + detail.replace("\\", "\\\\").replace("\"", "'").replace("\n", " ") + "\"}");
    }
}
