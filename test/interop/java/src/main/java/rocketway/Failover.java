package rocketway;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends to a topic for some seconds, whatever happens to its brokers, while a group consumes it; ends
 * when everything that was acknowledged was consumed. The offset of a "sent" event is the time at
 * which it was acknowledged, ms. Arguments: namesrv address, topic, seconds.
 */
public final class Failover {
    private static final long PATIENCE_MS = 120_000;

    public static void main(String[] args) {
        try {
            run(args[0], args[1], Long.parseLong(args[2]));
            System.exit(0);
        } catch (Throwable cause) {
            // The client's own threads would keep the process alive.
            cause.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String namesrv, String topic, long seconds) throws Exception {
        Set<String> open = ConcurrentHashMap.newKeySet();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(topic + "-group");
        consumer.setNamesrvAddr(namesrv);
        consumer.setPollNameServerInterval(1000);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                seen.add(body);
                open.remove(body);
                Interop.print("received", "failover", body, message.getQueueId(), message.getQueueOffset(), "");
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();

        DefaultMQProducer producer = new DefaultMQProducer(topic + "-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setPollNameServerInterval(1000);
        producer.start();
        long end = System.currentTimeMillis() + seconds * 1000;
        for (int n = 0; System.currentTimeMillis() < end; n++) {
            String body = "failover-" + n;
            try {
                SendResult result = producer.send(new Message(topic, body.getBytes(StandardCharsets.UTF_8)));
                if (result.getSendStatus() == SendStatus.SEND_OK) {
                    open.add(body);
                    if (seen.contains(body)) {
                        open.remove(body);
                    }
                    Interop.print("sent", "failover", body, result.getMessageQueue().getQueueId(), System.currentTimeMillis(), "");
                }
            } catch (Exception refused) {
                // The next message is another try.
            }
            Thread.sleep(20);
        }
        long deadline = System.currentTimeMillis() + PATIENCE_MS;
        while (!open.isEmpty() && System.currentTimeMillis() < deadline) {
            Thread.sleep(100);
        }
        producer.shutdown();
        consumer.shutdown();
        Interop.print("done", "all", "", 0, 0, "");
    }
}
