import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Runs many commands of mqadmin in one JVM. Reads one line per command, its arguments separated
 * by tabs; answers each with one line, the Base64 of what it printed. A command that begins with
 * '@' is one of ours: a producer or a consumer that stays.
 */
public final class Mqadmin {
    private static final List<Runnable> STARTED = new ArrayList<>();
    private static DefaultMQProducer producer;

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            PrintStream printed = new PrintStream(bytes, true, "UTF-8");
            PrintStream errors = System.err;
            System.setOut(printed);
            System.setErr(printed);
            try {
                run(line.split("\t", -1), printed);
            } catch (Throwable error) {
                error.printStackTrace(printed);
            }
            System.setErr(errors);
            printed.flush();
            answers.println(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            answers.flush();
        }
        for (Runnable end : STARTED) {
            end.run();
        }
        System.exit(0);
    }

    private static void run(String[] words, PrintStream out) throws Exception {
        switch (words[0]) {
            case "@produce":
                produce(words[1]);
                break;
            case "@send":
                send(words, out);
                break;
            case "@consume":
                consume(words[1], words[2], Integer.parseInt(words[3]));
                break;
            default:
                MQAdminStartup.main0(words, null);
        }
    }

    private static void produce(String group) throws Exception {
        producer = new DefaultMQProducer(group);
        producer.setInstanceName("producer");
        producer.start();
        STARTED.add(producer::shutdown);
    }

    /** Topic, broker, queue, tag, key, body: prints the unique id and the id of the place. */
    private static void send(String[] words, PrintStream out) throws Exception {
        Message message = new Message(words[1], words[4], words[5], words[6].getBytes(StandardCharsets.UTF_8));
        MessageQueue queue = new MessageQueue(words[1], words[2], Integer.parseInt(words[3]));
        SendResult result = producer.send(message, queue, 10000);
        out.print(result.getMsgId() + " " + result.getOffsetMsgId());
    }

    /** Topic, group, count: a consumer that stays; returns when it has so many messages. */
    private static void consume(String topic, String group, int count) throws Exception {
        CountDownLatch left = new CountDownLatch(count);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setInstanceName("consumer-" + group);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(message -> left.countDown());
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        STARTED.add(consumer::shutdown);
        left.await();
        consumer.getDefaultMQPushConsumerImpl().persistConsumerOffset();
    }
}
