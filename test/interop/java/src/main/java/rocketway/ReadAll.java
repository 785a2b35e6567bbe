package rocketway;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Reads whole topics with the official pull client and prints each message, one JSON object a
 * line. Arguments: namesrv address, topics.
 */
public final class ReadAll {
    @SuppressWarnings("deprecation")
    public static void main(String[] args) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("GID_java_reader");
        consumer.setNamesrvAddr(args[0]);
        consumer.start();
        try {
            readTopics(consumer, args);
            print("done", "", "", 0, 0, "");
        } finally {
            System.exit(0);
        }
    }

    @SuppressWarnings("deprecation")
    private static void readTopics(DefaultMQPullConsumer consumer, String[] args) throws Exception {
        for (int at = 1; at < args.length; at++) {
            for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(args[at])) read(consumer, queue);
        }
    }

    @SuppressWarnings("deprecation")
    private static void read(DefaultMQPullConsumer consumer, MessageQueue queue) throws Exception {
        long end = consumer.maxOffset(queue);
        for (long offset = consumer.minOffset(queue); offset < end; ) {
            PullResult result = consumer.pull(queue, "*", offset, 32);
            if (result.getPullStatus() == PullStatus.FOUND) {
                for (MessageExt message : result.getMsgFoundList()) received(queue, message);
            }
            offset = result.getNextBeginOffset();
        }
    }

    private static void received(MessageQueue queue, MessageExt message) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(message.getBody() == null ? new byte[0] : message.getBody());
        print("received", queue.getTopic(), HexFormat.of().formatHex(digest), message.getQueueId(),
            message.getQueueOffset(), message.getTags() + "|" + message.getKeys() + "|" + message.getProperty("имя"));
    }

    private static void print(String event, String scenario, String body, int queueId, long offset, String detail) {
        System.out.println("{\"event\":\"" + event + "\",\"scenario\":\"" + scenario + "\",\"body\":\"" + body
            + "\",\"queueId\":" + queueId + ",\"offset\":" + offset + ",\"detail\":\"" + detail + "\"}");
    }
}
