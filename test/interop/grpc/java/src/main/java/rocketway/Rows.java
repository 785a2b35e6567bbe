package rocketway;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.FilterExpressionType;
import org.apache.rocketmq.client.apis.consumer.MessageListener;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;
import org.apache.rocketmq.client.apis.producer.Transaction;
import org.apache.rocketmq.client.apis.producer.TransactionResolution;

/** Every row of the client matrix that this client's API has: one JSON line each. */
public final class Rows {
  static final ClientServiceProvider provider = ClientServiceProvider.loadService();
  static final Duration invisible = Duration.ofSeconds(20);
  static ClientConfiguration configuration;

  interface Row {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    String mode = args.length > 1 ? args[1] : "rows";
    // TLS, as the client has it unless told otherwise; a balancer of calls reads plain text.
    configuration = ClientConfiguration.newBuilder().setEndpoints(args[0]).enableSsl(!mode.equals("ride")).build();
    if (mode.equals("ride")) row("ride", () -> Ride.run(Integer.parseInt(args[2])));
    else if (mode.equals("access")) row("credentials", () -> Access.run(args[0], args[2], args[3]));
    else all();
    System.exit(0);
  }

  private static void all() throws Exception {
    CompletableFuture<String> slow = CompletableFuture.supplyAsync(() -> outcome(Rows::slowListener));
    row("normal", Rows::normal);
    row("async", Rows::async);
    row("fifo", Rows::fifo);
    row("delay", Rows::delay);
    row("recall", Rows::recall);
    row("transaction", Rows::transaction);
    row("orphan", Rows::orphan);
    row("change-invisible", Rows::changeInvisible);
    row("sql-filter", Rows::sqlFilter);
    row("push", Rows::push);
    row("push-retry", () -> failing("retry", "normal"));
    row("push-fifo-dead", () -> failing("dead", "fifo"));
    row("no-topic", () -> refused("nowhere", message("nowhere", "x")));
    row("late-topic", Rows::lateTopic);
    row("wrong-type", () -> refused("fifo", message("fifo", "x")));
    row("priority-refused", () -> refused("normal", message("normal", "x").setPriority(1)));
    row("lite-refused", () -> refused("normal", message("normal", "x").setLiteTopic("one")));
    row("commands", Rows::commands);
    row("shutdown", Rows::shutdown);
    print("slow-listener", slow.get());
  }

  private static String outcome(Row row) {
    try {
      row.run();
    } catch (Throwable error) {
      String detail = causes(error).replaceAll("[^ -~]", " ").replace("\\", "/").replace("\"", "'");
      return detail.isEmpty() ? "failed" : detail;
    }
    return "";
  }

  static void row(String name, Row row) {
    print(name, outcome(row));
  }

  private static void print(String name, String detail) {
    System.out.println(
        "{\"row\":\"" + name + "\",\"ok\":" + detail.isEmpty() + ",\"detail\":\"" + detail + "\"}");
  }

  private static String causes(Throwable error) {
    StringBuilder text = new StringBuilder();
    for (Throwable one = error; one != null; one = one.getCause()) text.append(one).append(" < ");
    return text.toString();
  }

  static void check(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }

  static MessageBuilder message(String topic, String body) {
    return provider.newMessageBuilder().setTopic("java-" + topic).setBody(body.getBytes(StandardCharsets.UTF_8));
  }

  static Producer producer(String topic) throws Exception {
    return provider.newProducerBuilder().setClientConfiguration(configuration).setTopics("java-" + topic).build();
  }

  static SimpleConsumer consumer(String group, String topic, FilterExpression filter) throws Exception {
    SimpleConsumer consumer =
        provider
            .newSimpleConsumerBuilder()
            .setClientConfiguration(configuration)
            .setConsumerGroup("java-" + group)
            .setAwaitDuration(Duration.ofSeconds(1))
            .setSubscriptionExpressions(Collections.singletonMap("java-" + topic, filter))
            .build();
    // A group begins at the newest message: it has to be there before what it is to get.
    consumer.receive(1, invisible);
    return consumer;
  }

  static SimpleConsumer consumer(String group, String topic) throws Exception {
    return consumer(group, topic, FilterExpression.SUB_ALL);
  }

  static String body(MessageView view) {
    ByteBuffer body = view.getBody();
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static List<MessageView> take(SimpleConsumer consumer, int count, int seconds) throws Exception {
    List<MessageView> taken = new ArrayList<>();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (taken.size() < count && System.nanoTime() < end) {
      for (MessageView view : consumer.receive(16, invisible)) {
        consumer.ack(view);
        taken.add(view);
      }
    }
    return taken;
  }

  private static void normal() throws Exception {
    try (SimpleConsumer consumer = consumer("normal", "normal"); Producer producer = producer("normal")) {
      Message sent = message("normal", "one").setTag("paid").setKeys("k1", "k2").addProperty("shop", "north").build();
      SendReceipt receipt = producer.send(sent);
      List<MessageView> taken = take(consumer, 1, 20);
      check(taken.size() == 1, "received " + taken.size());
      MessageView view = taken.get(0);
      check(view.getMessageId().toString().equals(receipt.getMessageId().toString()), "another id");
      check(body(view).equals("one") && view.getTag().get().equals("paid"), "another message");
      check(view.getKeys().size() == 2 && "north".equals(view.getProperties().get("shop")), "keys or properties");
    }
  }

  private static void async() throws Exception {
    try (SimpleConsumer consumer = consumer("async", "normal"); Producer producer = producer("normal")) {
      for (int i = 0; i < 5; i++) producer.sendAsync(message("normal", "async-" + i).build()).get(10, TimeUnit.SECONDS);
      List<MessageView> taken = new ArrayList<>();
      for (int tries = 0; tries < 20 && taken.size() < 5; tries++) {
        for (MessageView view : consumer.receiveAsync(16, invisible).get(20, TimeUnit.SECONDS)) {
          consumer.ackAsync(view).get(10, TimeUnit.SECONDS);
          taken.add(view);
        }
      }
      check(taken.size() == 5, "received " + taken.size());
    }
  }

  private static void fifo() throws Exception {
    try (SimpleConsumer consumer = consumer("fifo", "fifo"); Producer producer = producer("fifo")) {
      for (int i = 0; i < 6; i++) producer.send(message("fifo", "f" + i).setMessageGroup("g").build());
      List<MessageView> taken = take(consumer, 6, 30);
      check(taken.size() == 6, "received " + taken.size());
      for (int i = 0; i < 6; i++) check(body(taken.get(i)).equals("f" + i), "out of order");
    }
  }

  private static void delay() throws Exception {
    try (SimpleConsumer consumer = consumer("delay", "delay"); Producer producer = producer("delay")) {
      long due = System.currentTimeMillis() + 2000;
      producer.send(message("delay", "late").setDeliveryTimestamp(due).build());
      check(take(consumer, 1, 30).size() == 1, "not received");
      check(System.currentTimeMillis() >= due, "too early");
    }
  }

  private static void recall() throws Exception {
    try (SimpleConsumer consumer = consumer("recall", "delay"); Producer producer = producer("delay")) {
      Message sent = message("delay", "recalled").setDeliveryTimestamp(System.currentTimeMillis() + 4000).build();
      SendReceipt receipt = producer.send(sent);
      producer.recallMessage("java-delay", receipt.getRecallHandle());
      check(take(consumer, 1, 8).isEmpty(), "it came all the same");
    }
  }

  private static Producer transactional(ConcurrentLinkedQueue<String> asked) throws Exception {
    return provider
        .newProducerBuilder()
        .setClientConfiguration(configuration)
        .setTopics("java-tx")
        .setTransactionChecker(
            view -> {
              asked.add(body(view));
              return TransactionResolution.COMMIT;
            })
        .build();
  }

  private static void transaction() throws Exception {
    try (SimpleConsumer consumer = consumer("tx", "tx"); Producer producer = transactional(new ConcurrentLinkedQueue<>())) {
      Transaction bad = producer.beginTransaction();
      producer.send(message("tx", "bad").build(), bad);
      bad.rollback();
      Transaction good = producer.beginTransaction();
      producer.send(message("tx", "good").build(), good);
      good.commit();
      List<MessageView> taken = take(consumer, 2, 6);
      check(taken.size() == 1 && body(taken.get(0)).equals("good"), "received " + taken.size());
    }
  }

  private static void orphan() throws Exception {
    ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    try (SimpleConsumer consumer = consumer("orphan", "tx"); Producer producer = transactional(asked)) {
      producer.send(message("tx", "forgotten").build(), producer.beginTransaction());
      List<MessageView> taken = take(consumer, 1, 60);
      check(taken.size() == 1 && asked.contains("forgotten"), "asked " + asked + ", received " + taken.size());
    }
  }

  private static void changeInvisible() throws Exception {
    try (SimpleConsumer consumer = consumer("change", "normal"); Producer producer = producer("normal")) {
      producer.send(message("normal", "later").build());
      List<MessageView> taken = new ArrayList<>();
      for (int tries = 0; tries < 20 && taken.isEmpty(); tries++) taken.addAll(consumer.receive(1, invisible));
      consumer.changeInvisibleDuration(taken.get(0), Duration.ofSeconds(30));
      consumer.ack(taken.get(0));
    }
  }

  private static void sqlFilter() throws Exception {
    FilterExpression filter = new FilterExpression("size > 5", FilterExpressionType.SQL92);
    try (SimpleConsumer consumer = consumer("sql", "normal", filter); Producer producer = producer("normal")) {
      producer.send(message("normal", "small").addProperty("size", "1").build());
      producer.send(message("normal", "large").addProperty("size", "9").build());
      List<MessageView> taken = take(consumer, 1, 20);
      check(taken.size() == 1 && body(taken.get(0)).equals("large"), "received " + taken.size());
    }
  }

  static PushConsumer pushing(String group, String topic, FilterExpression filter, MessageListener listener)
      throws Exception {
    return provider
        .newPushConsumerBuilder()
        .setClientConfiguration(configuration)
        .setConsumerGroup("java-" + group)
        .setSubscriptionExpressions(Collections.singletonMap("java-" + topic, filter))
        .setMessageListener(listener)
        .build();
  }

  /** Sends again and again, since nobody knows when a push consumer has begun. */
  static void until(Producer producer, Row send, Predicate<Void> holds, int seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!holds.test(null)) {
      check(System.nanoTime() < end, "not in time");
      send.run();
      Thread.sleep(500);
    }
  }

  private static void push() throws Exception {
    ConcurrentLinkedQueue<String> got = new ConcurrentLinkedQueue<>();
    MessageListener listener =
        view -> {
          got.add(body(view));
          return ConsumeResult.SUCCESS;
        };
    FilterExpression filter = new FilterExpression("wanted", FilterExpressionType.TAG);
    try (PushConsumer consumer = pushing("push", "normal", filter, listener); Producer producer = producer("normal")) {
      until(
          producer,
          () -> {
            producer.send(message("normal", "no").setTag("other").build());
            producer.send(message("normal", "yes").setTag("wanted").build());
          },
          nothing -> !got.isEmpty(),
          40);
      check(!got.contains("no"), "the filter let through what it should not");
    }
  }

  /** Fails every time: comes again, counted, and the harness finds it among the dead letters. */
  private static void failing(String group, String topic) throws Exception {
    ConcurrentLinkedQueue<Integer> attempts = new ConcurrentLinkedQueue<>();
    MessageListener listener =
        view -> {
          attempts.add(view.getDeliveryAttempt());
          return ConsumeResult.FAILURE;
        };
    try (PushConsumer consumer = pushing(group, topic, FilterExpression.SUB_ALL, listener);
        Producer producer = producer(topic)) {
      MessageBuilder poison = message(topic, "poison");
      if (topic.equals("fifo")) poison.setMessageGroup("p");
      until(producer, () -> producer.send(poison.build()), nothing -> !attempts.isEmpty(), 40);
      until(producer, () -> {}, nothing -> attempts.contains(2), 60);
      Thread.sleep(3000);
    }
  }

  /** Longer than Apache's first invisible time: a proxy has to renew it, or to give more at once. */
  private static void slowListener() throws Exception {
    ConcurrentHashMap<String, Integer> attempts = new ConcurrentHashMap<>();
    CompletableFuture<Void> done = new CompletableFuture<>();
    MessageListener listener =
        view -> {
          attempts.merge(body(view), 1, Integer::sum);
          pause(66_000);
          done.complete(null);
          return ConsumeResult.SUCCESS;
        };
    try (PushConsumer consumer = pushing("slow", "slow", FilterExpression.SUB_ALL, listener);
        Producer producer = producer("slow")) {
      Row send = () -> producer.send(message("slow", "slow" + System.nanoTime()).build());
      until(producer, send, nothing -> !attempts.isEmpty(), 40);
      done.get(120, TimeUnit.SECONDS);
      Thread.sleep(3000);
      check(attempts.values().stream().allMatch(count -> count == 1), "attempts " + attempts);
    }
  }

  static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refused(String topic, MessageBuilder sent) throws Exception {
    try (Producer producer = producer(topic)) {
      producer.send(sent.build());
    } catch (Exception expected) {
      return;
    }
    throw new IllegalStateException("it was sent");
  }

  /** The topic is made when the row before has been printed. */
  private static void lateTopic() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    try (Producer producer = provider.newProducerBuilder().setClientConfiguration(configuration).build()) {
      while (true) {
        try {
          producer.send(message("late", "x").build());
          return;
        } catch (Exception error) {
          if (System.nanoTime() > end) throw error;
          Thread.sleep(500);
        }
      }
    }
  }

  /** A listener that is asked for its stacks, and to consume on trial, until it is told that this is all. */
  private static void commands() throws Exception {
    CompletableFuture<Void> done = new CompletableFuture<>();
    MessageListener listener =
        view -> {
          if (body(view).equals("done")) done.complete(null);
          return ConsumeResult.SUCCESS;
        };
    try (PushConsumer consumer = pushing("commands", "commands", FilterExpression.SUB_ALL, listener)) {
      System.out.println("commands");
      done.get(90, TimeUnit.SECONDS);
    }
  }

  private static void shutdown() throws Exception {
    Producer producer = producer("normal");
    SimpleConsumer simple = consumer("down", "normal");
    PushConsumer push = pushing("down-push", "normal", FilterExpression.SUB_ALL, view -> ConsumeResult.SUCCESS);
    producer.send(message("normal", "bye").build());
    long since = System.nanoTime();
    push.close();
    simple.close();
    producer.close();
    check(System.nanoTime() - since < TimeUnit.SECONDS.toNanos(60), "it took more than a minute");
  }

  private Rows() {}
}
