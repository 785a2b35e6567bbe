//! Every row of the client matrix that the Rust client's API has: one JSON line each. It has no
//! push consumer, no recall and no change of invisible time.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rocketmq::conf::{ClientOption, ProducerOption, SimpleConsumerOption};
use rocketmq::model::common::{FilterExpression, FilterType};
use rocketmq::model::message::{Message, MessageBuilder, MessageView};
use rocketmq::model::transaction::{Transaction, TransactionResolution};
use rocketmq::{Producer, SimpleConsumer};

type Outcome = Result<(), String>;

fn text(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

fn client() -> ClientOption {
    let mut option = ClientOption::default();
    option.set_access_url(argument(1));
    option.set_enable_tls(false);
    // How long a receive waits: the deadline of the call is the same.
    option.set_long_polling_timeout(Duration::from_secs(3));
    if let Some((key, secret)) = KEYS.lock().unwrap().clone() {
        option.set_access_key(key);
        option.set_secret_key(secret);
    }
    option
}

/// Of `access`.
static KEYS: Mutex<Option<(String, String)>> = Mutex::new(None);

fn argument(at: usize) -> String {
    std::env::args().nth(at).unwrap_or_default()
}

fn options(topic: &str) -> ProducerOption {
    let mut option = ProducerOption::default();
    option.set_topics(vec![format!("rust-{topic}")]);
    option
}

async fn producer(topic: &str) -> Result<Producer, String> {
    let mut made = Producer::new(options(topic), client()).map_err(text)?;
    made.start().await.map_err(text)?;
    Ok(made)
}

async fn consumer(group: &str, topic: &str) -> Result<SimpleConsumer, String> {
    let mut option = SimpleConsumerOption::default();
    option.set_topics(vec![format!("rust-{topic}")]);
    option.set_consumer_group(format!("rust-{group}"));
    let mut made = SimpleConsumer::new(option, client()).map_err(text)?;
    made.start().await.map_err(text)?;
    // A group begins at the newest message: it has to be there before what it is to get.
    let _ = receive(&made, topic, &everything()).await;
    Ok(made)
}

fn everything() -> FilterExpression {
    FilterExpression::new(FilterType::Tag, "*")
}

async fn receive(consumer: &SimpleConsumer, topic: &str, filter: &FilterExpression) -> Vec<MessageView> {
    let topic = format!("rust-{topic}");
    let received = consumer.receive_with(topic, filter, 16, Duration::from_secs(20)).await;
    received.unwrap_or_default()
}

async fn take_filtered(
    consumer: &SimpleConsumer,
    topic: &str,
    count: usize,
    seconds: u64,
    filter: &FilterExpression,
) -> Result<Vec<MessageView>, String> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut taken = Vec::new();
    while taken.len() < count && Instant::now() < end {
        for view in receive(consumer, topic, filter).await {
            consumer.ack(&view).await.map_err(text)?;
            taken.push(view);
        }
    }
    Ok(taken)
}

async fn take(consumer: &SimpleConsumer, topic: &str, count: usize, seconds: u64) -> Result<Vec<MessageView>, String> {
    take_filtered(consumer, topic, count, seconds, &everything()).await
}

fn message(topic: &str, body: &str) -> MessageBuilder {
    MessageBuilder::builder()
        .set_topic(format!("rust-{topic}"))
        .set_body(body.as_bytes().to_vec())
}

fn check(holds: bool, what: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(what.into()) }
}

async fn normal() -> Outcome {
    let consumer = consumer("normal", "normal").await?;
    let producer = producer("normal").await?;
    let sent = message("normal", "one")
        .set_tag("paid")
        .set_keys(vec!["k1", "k2"])
        .set_properties(HashMap::from([("shop", "north")]))
        .build()
        .map_err(text)?;
    let receipt = producer.send(sent).await.map_err(text)?;
    let taken = take(&consumer, "normal", 1, 20).await?;
    check(taken.len() == 1, format!("received {}", taken.len()))?;
    let view = &taken[0];
    check(view.message_id() == receipt.message_id(), "another id")?;
    check(view.body() == b"one" && view.tag() == Some("paid"), "another message")?;
    check(view.properties().get("shop").map(String::as_str) == Some("north"), "properties")?;
    producer.shutdown().await.map_err(text)?;
    consumer.shutdown().await.map_err(text)
}

async fn batch() -> Outcome {
    let consumer = consumer("batch", "normal").await?;
    let producer = producer("normal").await?;
    let mut sent = Vec::new();
    for body in ["a", "b", "c"] {
        sent.push(message("normal", body).build().map_err(text)?);
    }
    let receipts = producer.batch_send(sent).await.map_err(text)?;
    check(receipts.len() == 3, format!("{} receipts", receipts.len()))?;
    let taken = take(&consumer, "normal", 3, 20).await?;
    check(taken.len() == 3, format!("received {}", taken.len()))
}

async fn fifo() -> Outcome {
    let consumer = consumer("fifo", "fifo").await?;
    let producer = producer("fifo").await?;
    for i in 0..6 {
        let body = format!("f{i}");
        let sent = message("fifo", &body).set_message_group("g").build().map_err(text)?;
        producer.send(sent).await.map_err(text)?;
    }
    let taken = take(&consumer, "fifo", 6, 30).await?;
    let bodies: Vec<_> = taken.iter().map(|view| String::from_utf8_lossy(view.body()).to_string()).collect();
    check(bodies == ["f0", "f1", "f2", "f3", "f4", "f5"], format!("received {bodies:?}"))
}

fn seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

async fn delay() -> Outcome {
    let consumer = consumer("delay", "delay").await?;
    let producer = producer("delay").await?;
    let due = seconds() + 3;
    let sent = message("delay", "late").set_delivery_timestamp(due).build().map_err(text)?;
    producer.send(sent).await.map_err(text)?;
    check(take(&consumer, "delay", 1, 30).await?.len() == 1, "not received")?;
    check(seconds() >= due, "too early")
}

async fn transactional(asked: Arc<Mutex<Vec<String>>>) -> Result<Producer, String> {
    let checker = Box::new(move |_: String, view: MessageView| {
        asked.lock().unwrap().push(String::from_utf8_lossy(view.body()).to_string());
        TransactionResolution::COMMIT
    });
    let mut made = Producer::new_transaction_producer(options("tx"), client(), checker).map_err(text)?;
    made.start().await.map_err(text)?;
    Ok(made)
}

fn half(body: &str) -> Result<impl Message, String> {
    MessageBuilder::transaction_message_builder("rust-tx", body.as_bytes().to_vec())
        .build()
        .map_err(text)
}

async fn transaction() -> Outcome {
    let consumer = consumer("tx", "tx").await?;
    let producer = transactional(Arc::default()).await?;
    let bad = producer.send_transaction_message(half("bad")?).await.map_err(text)?;
    bad.rollback().await.map_err(text)?;
    let good = producer.send_transaction_message(half("good")?).await.map_err(text)?;
    good.commit().await.map_err(text)?;
    let taken = take(&consumer, "tx", 2, 6).await?;
    check(taken.len() == 1 && taken[0].body() == b"good", format!("received {}", taken.len()))
}

async fn orphan() -> Outcome {
    let consumer = consumer("orphan", "tx").await?;
    let asked = Arc::default();
    let producer = transactional(Arc::clone(&asked)).await?;
    producer.send_transaction_message(half("forgotten")?).await.map_err(text)?;
    let taken = take(&consumer, "tx", 1, 60).await?;
    check(taken.len() == 1, format!("asked {:?}", asked.lock().unwrap()))
}

async fn sql_filter() -> Outcome {
    let consumer = consumer("sql", "normal").await?;
    let producer = producer("normal").await?;
    for size in ["1", "9"] {
        let sent = message("normal", size)
            .set_properties(HashMap::from([("size", size)]))
            .build()
            .map_err(text)?;
        producer.send(sent).await.map_err(text)?;
    }
    let filter = FilterExpression::new(FilterType::Sql, "size > 5");
    let taken = take_filtered(&consumer, "normal", 1, 20, &filter).await?;
    check(taken.len() == 1 && taken[0].body() == b"9", format!("received {}", taken.len()))
}

async fn refused(topic: &str) -> Outcome {
    let Ok(producer) = producer(topic).await else { return Ok(()) };
    let sent = message(topic, "x").build().map_err(text)?;
    check(producer.send(sent).await.is_err(), "it was sent")
}

async fn row(name: &str, run: impl Future<Output = Outcome>) {
    let outcome = run.await;
    let detail = outcome.as_ref().err().cloned().unwrap_or_default();
    println!("{}", serde_json::json!({ "row": name, "ok": outcome.is_ok(), "detail": detail }));
}

/// The topic is made when the row before has been printed.
async fn late_topic() -> Outcome {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let sent = async {
            let producer = producer("late").await?;
            let one = message("late", "x").build().map_err(text)?;
            producer.send(one).await.map_err(text)
        };
        match sent.await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

async fn shutdown() -> Outcome {
    let consumer = consumer("down", "normal").await?;
    let producer = producer("normal").await?;
    let since = Instant::now();
    consumer.shutdown().await.map_err(text)?;
    producer.shutdown().await.map_err(text)?;
    check(since.elapsed() < Duration::from_secs(60), "it took more than a minute")
}

/// Good credentials are let in, bad ones and none are not.
async fn access() -> Outcome {
    let (key, secret) = (argument(3), argument(4));
    *KEYS.lock().unwrap() = Some((key.clone(), secret));
    let consumer = consumer("access", "access").await?;
    let producer = producer("access").await?;
    producer.send(message("access", "let in").build().map_err(text)?).await.map_err(text)?;
    check(take(&consumer, "access", 1, 20).await?.len() == 1, "not received")?;
    for wrong in [Some((key, "not-the-secret".to_string())), None] {
        *KEYS.lock().unwrap() = wrong;
        refused("access").await?;
    }
    Ok(())
}

/// Sends and consumes while gateways come and go: what was acknowledged has to come.
async fn ride() -> Outcome {
    let received = Arc::new(Mutex::new(HashSet::new()));
    let consumer = consumer("ride", "ride").await?;
    let seen = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let views = receive(&consumer, "ride", &everything()).await;
            if views.is_empty() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            for view in views {
                seen.lock().unwrap().insert(String::from_utf8_lossy(view.body()).to_string());
                let _ = consumer.ack(&view).await;
            }
        }
    });
    let producer = producer("ride").await?;
    println!("riding");
    let seconds: u64 = argument(3).parse().map_err(text)?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut sent = Vec::new();
    let mut longest = Duration::ZERO;
    while Instant::now() < end {
        let body = format!("r{}", sent.len());
        let since = Instant::now();
        loop {
            let one = message("ride", &body).build().map_err(text)?;
            if producer.send(one).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        longest = longest.max(since.elapsed());
        sent.push(body);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let missing = || {
        let seen = received.lock().unwrap();
        sent.iter().filter(|body| !seen.contains(*body)).count()
    };
    let end = Instant::now() + Duration::from_secs(150);
    while missing() > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    check(missing() == 0, format!("{} of {} are missing", missing(), sent.len()))?;
    println!("{}", serde_json::json!({ "sent": sent.len(), "longestMs": longest.as_millis() as u64 }));
    Ok(())
}

#[tokio::main]
async fn main() {
    match argument(2).as_str() {
        "ride" => row("ride", ride()).await,
        "access" => row("credentials", access()).await,
        _ => all().await,
    }
    std::process::exit(0);
}

async fn all() {
    row("normal", normal()).await;
    row("batch", batch()).await;
    row("fifo", fifo()).await;
    row("delay", delay()).await;
    row("transaction", transaction()).await;
    row("orphan", orphan()).await;
    row("sql-filter", sql_filter()).await;
    row("no-topic", refused("nowhere")).await;
    row("late-topic", late_topic()).await;
    row("wrong-type", refused("fifo")).await;
    row("shutdown", shutdown()).await;
}
