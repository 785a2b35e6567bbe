package rocketway;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.RPCHook;

/**
 * Sends and consumes with an access key. Arguments: namesrv, key, secret, topic to send to, how
 * many, group and topic to consume, how many to wait for. Each send that is refused is printed
 * with its reason. TLS is a property of the JVM.
 */
public final class Access {
    public static void main(String[] args) {
        try {
            run(args);
            System.exit(0);
        } catch (Throwable cause) {
            cause.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String[] args) throws Exception {
        RPCHook hook = new AclClientRPCHook(new SessionCredentials(args[1], args[2]));
        send(args[0], hook, args[3], Integer.parseInt(args[4]));
        consume(args[0], hook, args[5], args[6], Integer.parseInt(args[7]));
        print("done", "", 0, 0, "");
    }

    private static void send(String namesrv, RPCHook hook, String topic, int count) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("access-producer", hook);
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(10000);
        producer.start();
        for (int i = 0; i < count; i++) {
            send(producer, topic, "access-" + i);
        }
        producer.shutdown();
    }

    /** Until it is stored or refused: on a machine that is busy the client may give up before. */
    private static void send(DefaultMQProducer producer, String topic, String body) {
        String reason = "";
        for (int tries = 0; tries < 5; tries++) {
            try {
                Message message = new Message(topic, "tag", body, body.getBytes(StandardCharsets.UTF_8));
                SendResult result = producer.send(message);
                print("sent", body, result.getMessageQueue().getQueueId(), result.getQueueOffset(), "");
                return;
            } catch (Exception refused) {
                reason = refused.getMessage() + " " + refused.getCause();
                if (reason.contains("CODE: 16")) break;
            }
        }
        print("failed", body, -1, -1, reason);
    }

    private static void consume(String namesrv, RPCHook hook, String group, String topic, int count) throws Exception {
        if (count == 0) return;
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group, hook, new AllocateMessageQueueAveragely());
        consumer.setNamesrvAddr(namesrv);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch done = new CountDownLatch(count);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(message -> {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                print("received", body, message.getQueueId(), message.getQueueOffset(), "");
                if (seen.add(body)) done.countDown();
            });
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        done.await(60, TimeUnit.SECONDS);
        consumer.shutdown();
    }

    private static synchronized void print(String event, String body, int queueId, long offset, String detail) {
        String text = detail.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\s+", " ");
        System.out.println("{\"event\":\"" + event + "\",\"scenario\":\"access\",\"body\":\"" + body
            + "\",\"queueId\":" + queueId + ",\"offset\":" + offset + ",\"detail\":\"" + text + "\"}");
    }
}
