"""Every row of the client matrix that the Python client's API has: one JSON line each."""

import json
import os
import sys
import time

from rocketmq import (ClientConfiguration, ConsumeResult, Credentials,
                      FilterExpression, Message, MessageListener, Producer,
                      PushConsumer, SimpleConsumer, TransactionChecker,
                      TransactionResolution)
from rocketmq.grpc_protocol import FilterType

CONFIGURATION = ClientConfiguration(sys.argv[1], Credentials())


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def message(topic, body, tag=None, keys=None, group=None, due=None, **properties):
    made = Message()
    made.topic = f"python-{topic}"
    made.body = body.encode()
    if tag:
        made.tag = tag
    if keys:
        made.keys = keys
    if group:
        made.message_group = group
    if due:
        made.delivery_timestamp = due
    for name, value in properties.items():
        made.add_property(name, value)
    return made


class producing:
    def __init__(self, topic, checker=None):
        self.producer = Producer(CONFIGURATION, [f"python-{topic}"], checker)

    def __enter__(self):
        self.producer.startup()
        return self.producer

    def __exit__(self, *_):
        self.producer.shutdown()


class consuming:
    def __init__(self, group, topic, expression=None):
        subscription = {f"python-{topic}": expression or FilterExpression()}
        self.consumer = SimpleConsumer(CONFIGURATION, f"python-{group}", subscription, 1)

    def __enter__(self):
        self.consumer.startup()
        # A group begins at the newest message: it has to be there before what it is to get.
        self.consumer.receive(1, 20)
        return self.consumer

    def __exit__(self, *_):
        self.consumer.shutdown()


def take(consumer, count, seconds):
    taken, end = [], time.monotonic() + seconds
    while len(taken) < count and time.monotonic() < end:
        for one in consumer.receive(16, 20):
            consumer.ack(one)
            taken.append(one)
    return taken


def normal():
    with consuming("normal", "normal") as consumer, producing("normal") as producer:
        receipt = producer.send(message("normal", "one", "paid", "k1", shop="north"))
        taken = take(consumer, 1, 20)
        check(len(taken) == 1, f"received {len(taken)}")
        check(taken[0].message_id == receipt.message_id, "another id")
        check(taken[0].body == b"one" and taken[0].tag == "paid", "another message")
        check(taken[0].properties.get("shop") == "north", "properties")


def asynchronous():
    with consuming("async", "normal") as consumer, producing("normal") as producer:
        futures = [producer.send_async(message("normal", f"a{i}")) for i in range(5)]
        for future in futures:
            future.result(10)
        taken = []
        for _ in range(20):
            for one in consumer.receive_async(16, 20).result(20):
                consumer.ack_async(one)
                taken.append(one)
            if len(taken) >= 5:
                break
        check(len(taken) == 5, f"received {len(taken)}")


def fifo():
    with consuming("fifo", "fifo") as consumer, producing("fifo") as producer:
        for i in range(6):
            producer.send(message("fifo", f"f{i}", group="g"))
        bodies = [one.body.decode() for one in take(consumer, 6, 30)]
        check(bodies == [f"f{i}" for i in range(6)], f"received {bodies}")


def delay():
    with consuming("delay", "delay") as consumer, producing("delay") as producer:
        # Whole seconds: the client knows no others.
        due = int(time.time()) + 3
        producer.send(message("delay", "late", due=due))
        check(len(take(consumer, 1, 30)) == 1, "not received")
        check(time.time() >= due, "too early")


def recall():
    with consuming("recall", "delay") as consumer, producing("delay") as producer:
        receipt = producer.send(message("delay", "recalled", due=int(time.time()) + 5))
        producer.recall_message("python-delay", receipt.recall_handle)
        check(not take(consumer, 1, 8), "it came all the same")


class Checker(TransactionChecker):
    def __init__(self):
        self.asked = []

    def check(self, message):
        self.asked.append(message.body.decode())
        return TransactionResolution.COMMIT


def transaction():
    with consuming("tx", "tx") as consumer, producing("tx", Checker()) as producer:
        for body, end in (("bad", "rollback"), ("good", "commit")):
            begun = producer.begin_transaction()
            producer.send(message("tx", body), begun)
            getattr(begun, end)()
        bodies = [one.body for one in take(consumer, 2, 6)]
        check(bodies == [b"good"], f"received {bodies}")


def orphan():
    checker = Checker()
    with consuming("orphan", "tx") as consumer, producing("tx", checker) as producer:
        producer.send(message("tx", "forgotten"), producer.begin_transaction())
        taken = take(consumer, 1, 60)
        check(len(taken) == 1 and "forgotten" in checker.asked, f"asked {checker.asked}")


def change_invisible():
    with consuming("change", "normal") as consumer, producing("normal") as producer:
        producer.send(message("normal", "later"))
        taken = []
        for _ in range(20):
            taken += consumer.receive(1, 20)
            if taken:
                break
        consumer.change_invisible_duration(taken[0], 30)
        consumer.ack(taken[0])


def sql_filter():
    large = FilterExpression("size > 5", FilterType.SQL)
    with consuming("sql", "normal", large) as consumer, producing("normal") as producer:
        producer.send(message("normal", "small", size="1"))
        producer.send(message("normal", "large", size="9"))
        bodies = [one.body for one in take(consumer, 1, 20)]
        check(bodies == [b"large"], f"received {bodies}")


class Listener(MessageListener):
    def __init__(self, result):
        self.got = []
        self.result = result

    def consume(self, message):
        self.got.append((message.body.decode(), message.delivery_attempt))
        return self.result


def pushing(group, topic, listener, expression=None):
    subscription = {f"python-{topic}": expression or FilterExpression()}
    consumer = PushConsumer(CONFIGURATION, f"python-{group}", listener, subscription)
    consumer.startup()
    return consumer


def until(holds, seconds, send=lambda: None):
    """Sends again and again, since nobody knows when a push consumer has begun."""
    end = time.monotonic() + seconds
    while not holds():
        check(time.monotonic() < end, "not in time")
        send()
        time.sleep(0.5)


def push():
    listener = Listener(ConsumeResult.SUCCESS)
    consumer = pushing("push", "normal", listener, FilterExpression("wanted"))
    with producing("normal") as producer:
        def send():
            producer.send(message("normal", "no", "other"))
            producer.send(message("normal", "yes", "wanted"))
        until(lambda: listener.got, 40, send)
        check(all(body == "yes" for body, _ in listener.got), "the filter let through others")
    consumer.shutdown()


def failing(group, topic):
    listener = Listener(ConsumeResult.FAILURE)
    consumer = pushing(group, topic, listener)
    ordered = "p" if topic == "fifo" else None
    with producing(topic) as producer:
        until(lambda: listener.got, 40, lambda: producer.send(message(topic, "poison", group=ordered)))
        # An ordered group tries again in the client, which does not count.
        if not ordered:
            until(lambda: any(attempt == 2 for _, attempt in listener.got), 60)
        time.sleep(3)
    consumer.shutdown()


def refused(topic):
    try:
        with producing(topic) as producer:
            producer.send(message(topic, "x"))
    except Exception:
        return
    raise AssertionError("it was sent")


ROWS = {
    "normal": normal,
    "async": asynchronous,
    "fifo": fifo,
    "delay": delay,
    "recall": recall,
    "transaction": transaction,
    "orphan": orphan,
    "change-invisible": change_invisible,
    "sql-filter": sql_filter,
    "push": push,
    "push-retry": lambda: failing("retry", "normal"),
    "push-fifo-dead": lambda: failing("dead", "fifo"),
    "no-topic": lambda: refused("nowhere"),
    "wrong-type": lambda: refused("fifo"),
}

for name, run in ROWS.items():
    detail = ""
    try:
        run()
    except Exception as error:  # pylint: disable=broad-except
        detail = repr(error)
    print(json.dumps({"row": name, "ok": not detail, "detail": detail}), flush=True)
os._exit(0)
