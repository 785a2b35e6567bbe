package rocketway;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * The rest of what the client can do, all rows at once. Prints events as Interop does; a row that
 * the version does not have prints nothing. Arguments: namesrv address, prefix.
 */
public final class Rows {
    private static final int COUNT = 10;
    private static final long PATIENCE_S = 90;
    private static String namesrv;
    private static String prefix;
    private static DefaultMQProducer producer;

    private interface Row {
        void run() throws Exception;
    }

    private interface Listener {
        boolean take(MessageExt message) throws Exception;
    }

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
        producer = started(new DefaultMQProducer(prefix + "-producer"), "sender");
        Row[] rows = {
            Rows::requestReply, Rows::compressed, Rows::traced, Rows::filtered, Rows::pulled, Rows::litePulled, Rows::lookedUp,
            Rows::reset, Rows::startedAnywhere, Rows::joinedAndLeft, Rows::orderly, Rows::timed, Rows::popped,
        };
        ExecutorService threads = Executors.newFixedThreadPool(rows.length);
        List<Future<?>> running = new ArrayList<>();
        for (Row row : rows) {
            running.add(threads.submit(() -> {
                row.run();
                return null;
            }));
        }
        for (Future<?> one : running) one.get();
        print("done", "all", "", 0, 0, "");
    }

    // ---- request and reply

    private static void requestReply() throws Exception {
        DefaultMQProducer replier = started(new DefaultMQProducer(prefix + "-replier"), "replier");
        create(prefix + "-rpc");
        listen(consumer("-rpc", "a", prefix + "-rpc"), "rpc-asked", message -> {
            Message reply = MessageUtil.createReplyMessage(message, ("re: " + text(message)).getBytes(StandardCharsets.UTF_8));
            print("replied", "rpc", text(message), 0, 0, replier.send(reply, 10000).getSendStatus().name());
            return true;
        });
        CountDownLatch async = new CountDownLatch(COUNT);
        for (int i = 0; i < COUNT; i++) {
            String question = "question-" + i;
            print("received", "rpc", text(producer.request(message("-rpc", question), 30000)), 0, 0, "");
            producer.request(message("-rpc", "async-" + question), new RequestCallback() {
                @Override
                public void onSuccess(Message reply) {
                    print("received", "rpc", text(reply), 0, 0, "");
                    async.countDown();
                }

                @Override
                public void onException(Throwable cause) {
                    print("failed", "rpc", question, 0, 0, String.valueOf(cause));
                    async.countDown();
                }
            }, 30000);
        }
        await("rpc", async);
        try {
            producer.request(message("-rpc-none", "nobody"), 1500);
        } catch (RequestTimeoutException expected) {
            print("received", "rpc-none", "timeout", 0, 0, "");
        }
    }

    // ---- bodies and properties

    private static void compressed() throws Exception {
        String topic = prefix + "-zip";
        List<String> kinds = new ArrayList<>(Arrays.asList("default"));
        Method setter = find(DefaultMQProducer.class, "setCompressType", 1);
        if (setter != null) kinds.addAll(Arrays.asList("ZLIB", "LZ4", "ZSTD"));
        CountDownLatch left = new CountDownLatch(kinds.size());
        create(topic);
        for (String kind : kinds) {
            DefaultMQProducer sender = new DefaultMQProducer(prefix + "-zip-producer-" + kind);
            if (!kind.equals("default")) setter.invoke(sender, constant(setter.getParameterTypes()[0], kind));
            started(sender, kind);
            char[] long8k = new char[8192];
            Arrays.fill(long8k, 'z');
            Message message = message("-zip", kind + new String(long8k));
            message.putUserProperty("ключ", "значение");
            sent("zip", kind, sender.send(message));
            sender.shutdown();
        }
        listen(consumer("-zip", "a", topic), "zip", message -> {
            String body = text(message);
            String kind = body.replace("z", "");
            print("received", "zip", kind, message.getSysFlag(), body.length() - kind.length(), message.getUserProperty("ключ"));
            left.countDown();
            return true;
        });
        await("zip", left);
    }

    private static void traced() throws Exception {
        DefaultMQProducer sender = started(new DefaultMQProducer(prefix + "-traced-producer", null, true, null), "traced");
        create(prefix + "-traced");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) ids.add(sender.send(message("-traced", "traced-" + i)).getMsgId());
        CountDownLatch left = new CountDownLatch(COUNT);
        DefaultMQPushConsumer consumer = consumer("-trace-reader", "a", "RMQ_SYS_TRACE_TOPIC");
        listen(consumer, "", message -> {
            for (String line : text(message).split("\u0002")) {
                String[] fields = line.split("\u0001");
                if (!fields[0].equals("Pub") || !ids.contains(fields[5])) continue;
                print("received", "trace", fields[4].replace(prefix, ""), 0, ids.indexOf(fields[5]), fields[13]);
                left.countDown();
            }
            return true;
        });
        await("trace", left);
        sender.shutdown();
    }

    // ---- filters and pulls

    private static void filtered() throws Exception {
        create(prefix + "-sql");
        for (int i = 0; i < COUNT; i++) {
            Message message = message("-sql", "sql-" + i);
            message.setTags("Tag" + i % 3);
            message.putUserProperty("price", String.valueOf(i));
            if (i % 2 == 0) message.putUserProperty("region", "eu");
            sent("sql", "sql-" + i, producer.send(message));
        }
        CountDownLatch left = new CountDownLatch(3);
        DefaultMQPushConsumer consumer = consumer("-sql", "a", null);
        consumer.subscribe(prefix + "-sql", MessageSelector.bySql("price BETWEEN 2 AND 7 AND region IS NOT NULL AND TAGS IN ('Tag0', 'Tag1', 'Tag2')"));
        listen(consumer, "sql", message -> {
            left.countDown();
            return true;
        });
        CountDownLatch tags = new CountDownLatch(7);
        DefaultMQPushConsumer tagged = consumer("-tags", "a", null);
        tagged.subscribe(prefix + "-sql", "Tag0 || Tag1");
        listen(tagged, "tags", message -> {
            tags.countDown();
            return true;
        });
        await("sql", left);
        await("tags", tags);
        try {
            DefaultMQPushConsumer broken = consumer("-sql-broken", "a", null);
            broken.subscribe(prefix + "-sql", MessageSelector.bySql("price >"));
            listen(broken, "sql-broken", message -> true);
        } catch (Exception expected) {
            print("received", "sql-broken", "refused", 0, 0, "");
        }
    }

    @SuppressWarnings("deprecation")
    private static void pulled() throws Exception {
        String topic = prefix + "-pull";
        create(topic);
        for (int i = 0; i < COUNT; i++) sent("pull", "pull-" + i, producer.send(message("-pull", "pull-" + i)));
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(prefix + "-pull");
        consumer.setNamesrvAddr(namesrv);
        consumer.setInstanceName("pull");
        consumer.start();
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
            long offset = consumer.minOffset(queue);
            PullResult result = consumer.pull(queue, "*", offset, 32);
            while (result.getPullStatus() == PullStatus.FOUND) {
                for (MessageExt message : result.getMsgFoundList()) received("pull", message);
                offset = result.getNextBeginOffset();
                result = consumer.pull(queue, "*", offset, 32);
            }
            consumer.updateConsumeOffset(queue, offset);
            consumer.getOffsetStore().persist(queue);
            boolean isSame = offset == consumer.maxOffset(queue) && offset == consumer.fetchConsumeOffset(queue, true)
                && consumer.searchOffset(queue, 0) == 0;
            print("received", "pull-end", String.valueOf(result.getPullStatus()), queue.getQueueId(), offset, String.valueOf(isSame));
        }
        MessageQueue first = new MessageQueue(topic, consumer.fetchSubscribeMessageQueues(topic).iterator().next().getBrokerName(), 0);
        long end = consumer.maxOffset(first);
        new Thread(() -> {
            try {
                Thread.sleep(1000);
                producer.send(message("-pull", "pull-late"), first);
            } catch (Exception cause) {
                print("failed", "pull", "late", 0, 0, String.valueOf(cause));
            }
        }).start();
        for (MessageExt message : consumer.pullBlockIfNotFound(first, "*", end, 32).getMsgFoundList()) received("pull-held", message);
        consumer.shutdown();
    }

    private static void litePulled() throws Exception {
        String topic = prefix + "-lite";
        create(topic);
        for (int i = 0; i < COUNT; i++) sent("lite", "lite-" + i, producer.send(message("-lite", "lite-" + i)));
        DefaultLitePullConsumer subscribed = lite("-lite-subscribed");
        subscribed.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        subscribed.subscribe(topic, "*");
        subscribed.start();
        poll(subscribed, "lite-subscribed", COUNT);
        subscribed.commitSync();
        subscribed.shutdown();

        DefaultLitePullConsumer assigned = lite("-lite-assigned");
        assigned.start();
        Collection<MessageQueue> queues = assigned.fetchMessageQueues(topic);
        assigned.assign(queues);
        for (MessageQueue queue : queues) assigned.seekToBegin(queue);
        poll(assigned, "lite-assigned", COUNT);
        for (MessageQueue queue : queues) assigned.seek(queue, 0);
        poll(assigned, "lite-again", COUNT);
        assigned.shutdown();
    }

    private static DefaultLitePullConsumer lite(String group) {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(prefix + group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setInstanceName(group);
        consumer.setPollTimeoutMillis(1000);
        return consumer;
    }

    private static void poll(DefaultLitePullConsumer consumer, String scenario, int count) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        for (int got = 0; got < count && System.nanoTime() < until; ) {
            for (MessageExt message : consumer.poll()) {
                received(scenario, message);
                got++;
            }
        }
    }

    private static void lookedUp() throws Exception {
        create(prefix + "-look");
        SendResult result = producer.send(message("-look", "looked-up"));
        received("look-id", producer.viewMessage(prefix + "-look", result.getOffsetMsgId()));
        for (int tries = 0; tries < 20; tries++) {
            try {
                received("look-key", producer.queryMessage(prefix + "-look", "key-looked-up", 8, 0, Long.MAX_VALUE).getMessageList().get(0));
                received("look-unique", producer.viewMessage(prefix + "-look", result.getMsgId()));
                return;
            } catch (Exception early) {
                Thread.sleep(500);
            }
        }
    }

    // ---- offsets

    private static void reset() throws Exception {
        String topic = prefix + "-reset";
        create(topic);
        for (int i = 0; i < COUNT; i++) sent("reset", "reset-" + i, producer.send(message("-reset", "reset-" + i)));
        CountDownLatch once = new CountDownLatch(COUNT);
        CountDownLatch twice = new CountDownLatch(2 * COUNT);
        DefaultMQPushConsumer consumer = consumer("-reset", "a", topic);
        listen(consumer, "reset-online", message -> {
            once.countDown();
            twice.countDown();
            return true;
        });
        await("reset-online", once);
        consumer.getDefaultMQPushConsumerImpl().persistConsumerOffset();
        resetTo(0, topic, prefix + "-reset");
        await("reset-online", twice);
        consumer.shutdown();

        resetTo(0, topic, prefix + "-reset");
        CountDownLatch again = new CountDownLatch(COUNT);
        listen(consumer("-reset", "b", topic), "reset-offline", message -> {
            again.countDown();
            return true;
        });
        await("reset-offline", again);
    }

    private static void resetTo(long timestamp, String topic, String group) throws Exception {
        for (String broker : masters(topic)) {
            Map<MessageQueue, Long> done = api().invokeBrokerToResetOffset(broker, topic, group, timestamp, true, 10000);
            print("sent", "reset-table", topic.replace(prefix, ""), done.size(), 0, "");
        }
    }

    private static void startedAnywhere() throws Exception {
        String topic = prefix + "-where";
        create(topic);
        for (int i = 0; i < COUNT; i++) sent("where", "where-" + i, producer.send(message("-where", "where-" + i)));
        ConsumeFromWhere[] all = {
            ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP,
        };
        for (ConsumeFromWhere where : all) {
            CountDownLatch left = new CountDownLatch(COUNT);
            DefaultMQPushConsumer consumer = consumer("-where-" + where, "a", topic);
            consumer.setConsumeFromWhere(where);
            listen(consumer, "where-" + where, message -> {
                left.countDown();
                return true;
            });
            await("where-" + where, left);
        }
    }

    // ---- members of a group

    private static void joinedAndLeft() throws Exception {
        String topic = prefix + "-members";
        create(topic);
        CountDownLatch left = new CountDownLatch(3 * COUNT);
        Listener listener = message -> {
            left.countDown();
            return true;
        };
        DefaultMQPushConsumer a = consumer("-members", "a", topic);
        listen(a, "members", listener);
        members("members-1", "before", a);
        for (int i = 0; i < COUNT; i++) sent("members", "one-" + i, producer.send(message("-members", "one-" + i)));
        DefaultMQPushConsumer b = consumer("-members", "b", topic);
        listen(b, "members", listener);
        members("members-2", "both", a, b);
        for (int i = 0; i < COUNT; i++) sent("members", "two-" + i, producer.send(message("-members", "two-" + i)));
        Thread.sleep(2000);
        a.shutdown();
        members("members-3", "after", b);
        for (int i = 0; i < COUNT; i++) sent("members", "three-" + i, producer.send(message("-members", "three-" + i)));
        await("members", left);
    }

    /** Waits until each of the consumers has its part of the four queues. */
    private static void members(String scenario, String body, DefaultMQPushConsumer... consumers) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        String topic = prefix + "-members";
        boolean isShared = false;
        while (!isShared && System.nanoTime() < until) {
            Thread.sleep(100);
            isShared = true;
            for (DefaultMQPushConsumer one : consumers) {
                long own = one.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
                    .filter(queue -> queue.getTopic().equals(topic)).count();
                if (own != 4 / consumers.length) isShared = false;
            }
        }
        print("received", scenario, body, consumers.length, 0, String.valueOf(isShared));
    }

    private static void orderly() throws Exception {
        String topic = prefix + "-locks";
        create(topic);
        AtomicInteger paused = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(20 * COUNT);
        DefaultMQPushConsumer[] both = new DefaultMQPushConsumer[2];
        for (int at = 0; at < 2; at++) {
            both[at] = consumer("-locks", "locks" + at, topic);
            both[at].setConsumeMessageBatchMaxSize(1);
            both[at].registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                MessageExt message = messages.get(0);
                // Each queue stands still once, and nothing overtakes.
                if (text(message).endsWith("-3") && paused.getAndIncrement() < 4) {
                    context.setSuspendCurrentQueueTimeMillis(200);
                    return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
                }
                received("locks", message);
                left.countDown();
                return ConsumeOrderlyStatus.SUCCESS;
            });
        }
        both[0].start();
        for (int i = 0; i < 20 * COUNT; i++) {
            int key = i % COUNT;
            String body = "locked-" + key + "-" + i / COUNT;
            sent("locks", body, producer.send(message("-locks", body), (queues, ignored, argument) -> queues.get((Integer) argument % queues.size()), key));
            if (i == 5 * COUNT) both[1].start();
            if (i == 15 * COUNT) both[0].shutdown();
            Thread.sleep(20);
        }
        await("locks", left);
    }

    // ---- what only newer clients have

    private static void timed() throws Exception {
        Method delay = find(Message.class, "setDelayTimeMs", 1);
        Method recall = find(DefaultMQProducer.class, "recallMessage", 2);
        if (delay == null || recall == null) return;
        create(prefix + "-timed");
        CountDownLatch left = new CountDownLatch(3);
        listen(consumer("-timed", "a", prefix + "-timed"), "timed", message -> {
            left.countDown();
            return true;
        });
        Message taken = message("-timed", "recalled");
        delay.invoke(taken, 12000L);
        SendResult result = producer.send(taken);
        String handle = (String) find(SendResult.class, "getRecallHandle", 0).invoke(result);
        print("recalled", "timed", String.valueOf(recall.invoke(producer, prefix + "-timed", handle)), 0, 0, result.getMsgId());
        Object[][] times = {{"setDelayTimeMs", 2000L}, {"setDelayTimeSec", 3L}, {"setDeliverTimeMs", System.currentTimeMillis() + 4000}};
        for (Object[] time : times) {
            Message message = message("-timed", (String) time[0]);
            find(Message.class, (String) time[0], 1).invoke(message, time[1]);
            sent("timed", (String) time[0], producer.send(message));
        }
        await("timed", left);
        // What was recalled would come now.
        Thread.sleep(12000);
    }

    private static void popped() throws Exception {
        Method mode = find(MQClientAPIImpl.class, "setMessageRequestMode", 6);
        if (mode == null) return;
        String topic = prefix + "-pop";
        String group = prefix + "-pop";
        create(topic);
        Method put = find(MQClientAPIImpl.class, "createSubscriptionGroup", 3);
        for (String broker : masters(topic)) {
            Object config = put.getParameterTypes()[1].getConstructor().newInstance();
            config.getClass().getMethod("setGroupName", String.class).invoke(config, group);
            put.invoke(api(), broker, config, 10000L);
            mode.invoke(api(), broker, topic, group, constant(mode.getParameterTypes()[3], "POP"), 8, 10000L);
        }
        for (int i = 0; i < COUNT; i++) sent("pop", "pop-" + i, producer.send(message("-pop", "pop-" + i)));
        CountDownLatch left = new CountDownLatch(COUNT + 2);
        DefaultMQPushConsumer consumer = consumer("-pop", "a", topic);
        consumer.getClass().getMethod("setClientRebalance", boolean.class).invoke(consumer, false);
        listen(consumer, "pop", message -> {
            left.countDown();
            boolean fails = message.getReconsumeTimes() == 0 && (text(message).equals("pop-3") || text(message).equals("pop-7"));
            return !fails;
        });
        await("pop", left);
    }

    // ---- shared

    private static Object constant(Class<?> type, String name) {
        for (Object one : type.getEnumConstants()) if (one.toString().equals(name)) return one;
        throw new IllegalArgumentException(name);
    }

    private static Method find(Class<?> type, String name, int parameters) {
        for (Method one : type.getMethods()) if (one.getName().equals(name) && one.getParameterCount() == parameters) return one;
        return null;
    }

    private static MQClientAPIImpl api() {
        return producer.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl();
    }

    private static Set<String> masters(String topic) throws Exception {
        MQClientInstance client = producer.getDefaultMQProducerImpl().getMqClientFactory();
        client.updateTopicRouteInfoFromNameServer(topic);
        Set<String> addresses = new HashSet<>();
        for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) addresses.add(client.findBrokerAddressInPublish(queue.getBrokerName()));
        return addresses;
    }

    /** Waits until the route is there: a first message would only go to the default topic's brokers. */
    private static void create(String topic) throws Exception {
        Method plain = find(DefaultMQProducer.class, "createTopic", 3);
        for (int tries = 0; ; tries++) {
            try {
                if (plain != null) plain.invoke(producer, "TBW102", topic, 4);
                else find(DefaultMQProducer.class, "createTopic", 4).invoke(producer, "TBW102", topic, 4, new HashMap<String, String>());
                if (producer.fetchPublishMessageQueues(topic).size() == 4) return;
            } catch (InvocationTargetException | MQClientException early) {
                if (tries == 20) throw early;
            }
            Thread.sleep(500);
        }
    }

    private static DefaultMQProducer started(DefaultMQProducer one, String instance) throws Exception {
        one.setNamesrvAddr(namesrv);
        one.setInstanceName(instance);
        one.setSendMsgTimeout(10000);
        // Replies go to clients that brokers have heard of; the first heartbeat finds no broker
        // yet, and the next comes 30 s later, which is as long as an asker waits.
        one.setHeartbeatBrokerInterval(1000);
        one.start();
        return one;
    }

    private static DefaultMQPushConsumer consumer(String group, String instance, String topic) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(prefix + group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setInstanceName(group + instance);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        if (topic != null) consumer.subscribe(topic, "*");
        return consumer;
    }

    /** Starts the consumer; each message is printed, but for a scenario without a name. */
    private static void listen(DefaultMQPushConsumer consumer, String scenario, Listener listener) throws Exception {
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt message = messages.get(0);
            if (!scenario.isEmpty() && !scenario.equals("zip")) received(scenario, message);
            context.setDelayLevelWhenNextConsume(1);
            try {
                return listener.take(message) ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
            } catch (Exception cause) {
                print("failed", scenario, text(message), 0, 0, String.valueOf(cause));
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
        });
        consumer.start();
    }

    private static void await(String scenario, CountDownLatch left) throws InterruptedException {
        if (!left.await(PATIENCE_S, TimeUnit.SECONDS)) print("failed", scenario, "time", 0, left.getCount(), "");
    }

    private static Message message(String topic, String body) {
        return new Message(prefix + topic, "TagA", "key-" + body.substring(0, Math.min(20, body.length())), body.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    private static void received(String scenario, MessageExt message) {
        long ageMs = System.currentTimeMillis() - message.getBornTimestamp();
        print("received", scenario, text(message), message.getReconsumeTimes(), message.getQueueOffset(), String.valueOf(ageMs));
    }

    private static void sent(String scenario, String body, SendResult result) {
        print("sent", scenario, body, result.getMessageQueue().getQueueId(), result.getQueueOffset(), result.getSendStatus().name());
    }

    private static void print(String event, String scenario, String body, int queueId, long offset, String detail) {
        Interop.print(event, scenario, body, queueId, offset, detail);
    }
}
