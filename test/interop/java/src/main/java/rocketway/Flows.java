package rocketway;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * What takes time: transactions with their questions, retries up to the dead letters, delays and
 * broadcasting. Prints events as Interop does. Arguments: namesrv address, prefix.
 */
public final class Flows {
    private static final int COUNT = 10;
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
        TransactionMQProducer producer = producer();
        for (String kind : new String[] {"commit", "rollback", "unknown-commit", "unknown-rollback"}) {
            for (int i = 0; i < COUNT; i++) {
                SendResult result = producer.sendMessageInTransaction(message("-tx", kind + "-" + i), null);
                sent("tx", kind + "-" + i, result);
            }
        }
        for (int i = 0; i < COUNT; i++) {
            sent("retry", "later-" + i, producer.send(message("-retry", "later-" + i)));
            sent("retry", "dead-" + i, producer.send(message("-retry", "dead-" + i)));
            sent("broadcast", "news-" + i, producer.send(message("-news", "news-" + i)));
        }
        for (int level = 1; level <= 2; level++) {
            Message message = message("-delay", "delay-" + level);
            message.setDelayTimeLevel(level);
            sent("delay", "delay-" + level, producer.send(message));
        }
        consumeEverything();
        producer.shutdown();
        print("done", "all", "", 0, 0, "");
    }

    private static TransactionMQProducer producer() throws Exception {
        TransactionMQProducer producer = new TransactionMQProducer(prefix + "-tx-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(10000);
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
                String body = text(message);
                if (body.startsWith("unknown")) return LocalTransactionState.UNKNOW;
                return body.startsWith("commit") ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.ROLLBACK_MESSAGE;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                String body = text(message);
                print("checked", "tx", body, message.getQueueId(), message.getQueueOffset(), message.getTopic());
                return body.startsWith("unknown-commit") ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.ROLLBACK_MESSAGE;
            }
        });
        producer.start();
        return producer;
    }

    private static void consumeEverything() throws Exception {
        CountDownLatch retries = new CountDownLatch(4 * COUNT);
        consume("-retry", prefix + "-retry", "a", false, retries, message -> {
            return text(message).startsWith("dead") || message.getReconsumeTimes() == 0;
        });
        CountDownLatch transactions = new CountDownLatch(2 * COUNT);
        consume("-tx", prefix + "-tx", "a", false, transactions, message -> false);
        CountDownLatch delays = new CountDownLatch(2);
        consume("-delay", prefix + "-delay", "a", false, delays, message -> false);
        CountDownLatch news = new CountDownLatch(2 * COUNT);
        consume("-news", prefix + "-news", "one", true, news, message -> false);
        consume("-news", prefix + "-news", "two", true, news, message -> false);
        for (CountDownLatch latch : new CountDownLatch[] {transactions, delays, news, retries}) latch.await(90, TimeUnit.SECONDS);
        CountDownLatch dead = new CountDownLatch(COUNT);
        Thread.sleep(2000);
        DefaultMQPushConsumer letters = consumer(prefix + "-letters", "a");
        letters.subscribe("%DLQ%" + prefix + "-retry", "*");
        listen(letters, prefix + "-letters/a", dead, message -> false);
        dead.await(60, TimeUnit.SECONDS);
        // What should not come has the time of two more questions to come.
        Thread.sleep(12000);
    }

    private static void consume(String topic, String group, String instance, boolean isBroadcast, CountDownLatch latch,
        Function<MessageExt, Boolean> fails) throws Exception {
        DefaultMQPushConsumer consumer = consumer(group, instance);
        if (isBroadcast) broadcast(consumer);
        consumer.setMaxReconsumeTimes(1);
        consumer.subscribe(prefix + topic, "*");
        listen(consumer, group + "/" + instance, latch, fails);
    }

    /** The class of the model is in another package in each line of the client. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void broadcast(DefaultMQPushConsumer consumer) throws Exception {
        Class model = consumer.getMessageModel().getClass();
        DefaultMQPushConsumer.class.getMethod("setMessageModel", model).invoke(consumer, Enum.valueOf(model, "BROADCASTING"));
    }

    private static void listen(DefaultMQPushConsumer consumer, String name, CountDownLatch latch,
        Function<MessageExt, Boolean> fails) throws Exception {
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt message = messages.get(0);
            long ageMs = System.currentTimeMillis() - message.getBornTimestamp();
            print("received", name, text(message), message.getReconsumeTimes(), message.getQueueOffset(), String.valueOf(ageMs));
            latch.countDown();
            context.setDelayLevelWhenNextConsume(1);
            return fails.apply(message) ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
    }

    private static DefaultMQPushConsumer consumer(String group, String instance) {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setInstanceName(group + instance);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        return consumer;
    }

    private static Message message(String topic, String body) {
        return new Message(prefix + topic, "TagA", "key-" + body, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    private static void sent(String scenario, String body, SendResult result) {
        print("sent", scenario, body, result.getMessageQueue().getQueueId(), result.getQueueOffset(), String.valueOf(result.getTransactionId()));
    }

    private static void print(String event, String scenario, String body, int queueId, long offset, String detail) {
        Interop.print(event, scenario, body, queueId, offset, detail);
    }
}
