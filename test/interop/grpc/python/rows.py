"""Every row of the client matrix that the Python client's API has: one JSON line each."""

import json
import os
import sys
import threading
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
    def tried_again():
        # An ordered group tries again in the client, which does not count in the message.
        calls = [body for body, _ in listener.got]
        again = len(calls) > len(set(calls)) if ordered else False
        return again or any(attempt == 2 for _, attempt in listener.got)
    with producing(topic) as producer:
        def send():
            producer.send(message(topic, f"poison {time.monotonic()}", group=ordered))
        until(lambda: listener.got, 40, send)
        until(tried_again, 60)
        time.sleep(3)
    consumer.shutdown()


class SlowListener(MessageListener):
    def __init__(self):
        self.attempts = {}
        self.done = threading.Event()

    def consume(self, message):
        body = message.body.decode()
        self.attempts[body] = self.attempts.get(body, 0) + 1
        time.sleep(66)
        self.done.set()
        return ConsumeResult.SUCCESS


def slow_listener():
    """Longer than Apache's first invisible time: a proxy has to renew it, or to give more at once."""
    listener = SlowListener()
    consumer = pushing("slow", "slow", listener)
    with producing("slow") as producer:
        until(lambda: listener.attempts, 40, lambda: producer.send(message("slow", str(time.monotonic()))))
    check(listener.done.wait(120), "not in time")
    time.sleep(3)
    check(all(count == 1 for count in listener.attempts.values()), f"attempts {listener.attempts}")
    consumer.shutdown()


def refused(topic, **more):
    try:
        with producing(topic) as producer:
            sent = message(topic, "x")
            for name, value in more.items():
                setattr(sent, name, value)
            producer.send(sent)
    except Exception:
        return
    raise AssertionError("it was sent")


def late_topic():
    """The topic is made when the row before has been printed."""
    end = time.monotonic() + 60
    while True:
        try:
            with producing("late") as producer:
                producer.send(message("late", "x"))
            return
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def commands():
    """A listener that is asked things until it is told that this is all."""
    listener = Listener(ConsumeResult.SUCCESS)
    consumer = pushing("commands", "commands", listener)
    print("commands", flush=True)
    until(lambda: any(body == "done" for body, _ in listener.got), 90)
    consumer.shutdown()


def shutdown():
    producer = Producer(CONFIGURATION, ["python-normal"])
    producer.startup()
    simple = SimpleConsumer(CONFIGURATION, "python-down", {"python-normal": FilterExpression()}, 1)
    simple.startup()
    push = pushing("down-push", "normal", Listener(ConsumeResult.SUCCESS))
    producer.send(message("normal", "bye"))
    since = time.monotonic()
    for client in (push, simple, producer):
        client.shutdown()
    check(time.monotonic() - since < 60, "it took more than a minute")


def access(key, secret):
    """Good credentials are let in, bad ones and none are not."""
    global CONFIGURATION
    endpoint = sys.argv[1]
    CONFIGURATION = ClientConfiguration(endpoint, Credentials(key, secret))
    with consuming("access", "access") as consumer, producing("access") as producer:
        producer.send(message("access", "let in"))
        check(len(take(consumer, 1, 20)) == 1, "not received")
    for wrong in (Credentials(key, "not-the-secret"), Credentials()):
        CONFIGURATION = ClientConfiguration(endpoint, wrong)
        refused("access")


class Seen(MessageListener):
    def __init__(self):
        self.bodies = set()

    def consume(self, message):
        self.bodies.add(message.body.decode())
        return ConsumeResult.SUCCESS


def attempt(call):
    try:
        call()
        return True
    except Exception:
        return False


def ride(seconds):
    """Sends and consumes while gateways come and go: what was acknowledged has to come to both."""
    received, pushed, over = set(), Seen(), threading.Event()
    simple = SimpleConsumer(CONFIGURATION, "python-ride", {"python-ride": FilterExpression()}, 1)
    simple.startup()
    attempt(lambda: simple.receive(1, 20))
    push = pushing("ride-push", "ride", pushed)

    def receive():
        for one in simple.receive(16, 20):
            received.add(one.body.decode())
            attempt(lambda: simple.ack(one))

    def receiving():
        while not over.is_set():
            if not attempt(receive):
                time.sleep(0.1)

    threading.Thread(target=receiving, daemon=True).start()
    producer = Producer(CONFIGURATION, ["python-ride"])
    producer.startup()
    while not pushed.bodies:
        attempt(lambda: producer.send(message("ride", "first")))
        time.sleep(0.5)
    print("riding", flush=True)
    sent, longest, end = set(), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        body, since = f"r{len(sent)}", time.monotonic()
        while not attempt(lambda: producer.send(message("ride", body))):
            time.sleep(0.1)
        longest = max(longest, time.monotonic() - since)
        sent.add(body)
        time.sleep(0.02)
    end = time.monotonic() + 150
    while time.monotonic() < end and not (sent <= received and sent <= pushed.bodies):
        time.sleep(0.2)
    over.set()
    check(sent <= received, f"the simple consumer misses {len(sent - received)} of {len(sent)}")
    check(sent <= pushed.bodies, f"the push consumer misses {len(sent - pushed.bodies)} of {len(sent)}")
    print(json.dumps({"sent": len(sent), "longestMs": int(longest * 1000)}), flush=True)
    del push


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
    "late-topic": late_topic,
    "wrong-type": lambda: refused("fifo"),
    "priority-refused": lambda: refused("normal", priority=1),
    "lite-refused": lambda: refused("normal", lite_topic="one"),
    "commands": commands,
    "shutdown": shutdown,
}


def outcome(run):
    try:
        run()
        return ""
    except Exception as error:  # pylint: disable=broad-except
        return repr(error)


def tell(name, detail):
    print(json.dumps({"row": name, "ok": not detail, "detail": detail}), flush=True)


MODE = sys.argv[2] if len(sys.argv) > 2 else "rows"
if MODE == "ride":
    tell("ride", outcome(lambda: ride(int(sys.argv[3]))))
elif MODE == "access":
    tell("credentials", outcome(lambda: access(sys.argv[3], sys.argv[4])))
else:
    SLOW = []
    SLOWLY = threading.Thread(target=lambda: SLOW.append(outcome(slow_listener)))
    SLOWLY.start()
    for name, run in ROWS.items():
        tell(name, outcome(run))
    SLOWLY.join()
    tell("slow-listener", SLOW[0])
os._exit(0)
