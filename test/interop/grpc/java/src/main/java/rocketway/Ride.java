package rocketway;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;

/** Sends and consumes while gateways come and go: what was acknowledged has to come to both consumers. */
final class Ride {
  private final Set<String> sent = ConcurrentHashMap.newKeySet();
  private final Set<String> received = ConcurrentHashMap.newKeySet();
  private final Set<String> pushed = ConcurrentHashMap.newKeySet();
  private volatile boolean over;
  private volatile long longestMs;

  static void run(int seconds) throws Exception {
    new Ride().ride(seconds);
  }

  private void ride(int seconds) throws Exception {
    SimpleConsumer simple = Rows.consumer("ride", "ride");
    PushConsumer push =
        Rows.pushing(
            "ride-push",
            "ride",
            FilterExpression.SUB_ALL,
            view -> {
              pushed.add(Rows.body(view));
              return ConsumeResult.SUCCESS;
            });
    Producer producer = Rows.producer("ride");
    Thread receiver = new Thread(() -> receive(simple));
    receiver.start();
    while (pushed.isEmpty()) {
      attempt(() -> producer.send(Rows.message("ride", "first").build()));
      Thread.sleep(500);
    }
    System.out.println("riding");
    send(producer, seconds);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(150);
    while (System.nanoTime() < end && !(received.containsAll(sent) && pushed.containsAll(sent))) Thread.sleep(200);
    over = true;
    Rows.check(received.containsAll(sent), "the simple consumer misses " + missing(received));
    Rows.check(pushed.containsAll(sent), "the push consumer misses " + missing(pushed));
    System.out.println("{\"sent\":" + sent.size() + ",\"longestMs\":" + longestMs + "}");
  }

  private void send(Producer producer, int seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (int n = 0; System.nanoTime() < end; n++) {
      String body = "r" + n;
      long since = System.nanoTime();
      while (!attempt(() -> producer.send(Rows.message("ride", body).build()))) Thread.sleep(100);
      longestMs = Math.max(longestMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
      sent.add(body);
      Thread.sleep(20);
    }
  }

  private void receive(SimpleConsumer consumer) {
    while (!over) {
      boolean worked =
          attempt(
              () -> {
                for (MessageView view : consumer.receive(16, Rows.invisible)) {
                  received.add(Rows.body(view));
                  attempt(() -> consumer.ack(view));
                }
              });
      if (!worked) Rows.pause(100);
    }
  }

  private static boolean attempt(Rows.Row call) {
    try {
      call.run();
      return true;
    } catch (Exception error) {
      return false;
    }
  }

  private String missing(Set<String> seen) {
    return sent.stream().filter(body -> !seen.contains(body)).count() + " of " + sent.size();
  }
}
