package rocketway;

import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientConfigurationBuilder;
import org.apache.rocketmq.client.apis.StaticSessionCredentialsProvider;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.producer.Producer;

/** Good credentials are let in, bad ones and none are not. */
final class Access {
  static void run(String endpoint, String key, String secret) throws Exception {
    use(endpoint, key, secret);
    try (SimpleConsumer consumer = Rows.consumer("access", "access", FilterExpression.SUB_ALL);
        Producer producer = Rows.producer("access")) {
      producer.send(Rows.message("access", "let in").build());
      boolean came = false;
      for (int tries = 0; tries < 20 && !came; tries++) came = !consumer.receive(16, Rows.invisible).isEmpty();
      Rows.check(came, "not received");
    }
    use(endpoint, key, "not-the-secret");
    Rows.check(isRefused(), "a bad secret was let in");
    use(endpoint, null, null);
    Rows.check(isRefused(), "none was let in");
  }

  private static void use(String endpoint, String key, String secret) {
    ClientConfigurationBuilder builder = ClientConfiguration.newBuilder().setEndpoints(endpoint);
    if (key != null) builder.setCredentialProvider(new StaticSessionCredentialsProvider(key, secret));
    Rows.configuration = builder.build();
  }

  private static boolean isRefused() {
    try (Producer producer = Rows.producer("access")) {
      producer.send(Rows.message("access", "x").build());
      return false;
    } catch (Throwable refused) {
      return true;
    }
  }

  private Access() {}
}
