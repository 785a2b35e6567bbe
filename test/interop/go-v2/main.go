// Runs the official Go client and prints what happened, one JSON object a line; the test that
// started it accounts for every message. Arguments: namesrv address, broker address, prefix; or
// `access` or `failover` and those of that file.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const (
	count    = 10
	patience = 120 * time.Second
)

var (
	namesrv, broker, prefix string
	sender                  rocketmq.Producer
	printing                sync.Mutex
	ctx                     = context.Background()
)

type event struct {
	Event    string `json:"event"`
	Scenario string `json:"scenario"`
	Body     string `json:"body"`
	QueueID  int    `json:"queueId"`
	Offset   int64  `json:"offset"`
	Detail   string `json:"detail"`
}

func show(one event) {
	text, _ := json.Marshal(one)
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(text))
}

func failed(scenario string, err error) {
	show(event{Event: "failed", Scenario: scenario, Detail: fmt.Sprint(err)})
}

func must(scenario string, err error) {
	if err != nil {
		failed(scenario, err)
	}
}

func main() {
	if os.Args[1] == "access" {
		rlog.SetLogLevel("fatal")
		access(os.Args[2:])
		return
	}
	if os.Args[1] == "failover" {
		rlog.SetLogLevel("fatal")
		failover(os.Args[2:])
		os.Exit(0)
	}
	namesrv, broker, prefix = os.Args[1], os.Args[2], os.Args[3]
	rlog.SetLogLevel("fatal")
	sender = newProducer("sender")
	// Asynchronous sends of this client have three seconds, which a broker that has just begun may
	// need for its first messages; without an answer the client ends with a panic.
	plain()
	rows := []func(){ordered, transactions, requestReply, compressed, traced, delayed, filtered, retried, broadcast, pulled, startedAnywhere, reset, locked, members}
	var running sync.WaitGroup
	for _, row := range rows {
		running.Add(1)
		go func(run func()) {
			defer running.Done()
			run()
		}(row)
	}
	running.Wait()
	show(event{Event: "done", Scenario: "all"})
	os.Exit(0)
}

// ---- sending

func plain() {
	topic := create("-plain")
	for i := 0; i < count; i++ {
		send("plain", message(topic, fmt.Sprintf("sync-%d", i)))
	}
	var async sync.WaitGroup
	for i := 0; i < count; i++ {
		body := fmt.Sprintf("async-%d", i)
		async.Add(1)
		err := sender.SendAsync(ctx, func(_ context.Context, result *primitive.SendResult, err error) {
			defer async.Done()
			if err != nil {
				failed("plain", err)
				return
			}
			sent("plain", body, result)
		}, message(topic, body))
		must("plain", err)
	}
	async.Wait()
	var batch []*primitive.Message
	for i := 0; i < count; i++ {
		body := fmt.Sprintf("oneway-%d", i)
		must("plain", sender.SendOneWay(ctx, message(topic, body)))
		show(event{Event: "sent", Scenario: "plain", Body: body, Offset: -1})
		batch = append(batch, message(topic, fmt.Sprintf("batch-%d", i)))
	}
	result, err := sender.SendSync(ctx, batch...)
	must("plain", err)
	if err == nil {
		for i, one := range batch {
			show(event{Event: "sent", Scenario: "plain", Body: string(one.Body), QueueID: result.MessageQueue.QueueId, Offset: result.QueueOffset + int64(i)})
		}
	}
	done := listen("plain", "-plain", "a", topic, all(), 4*count, nil)
	wait("plain", done)
}

func ordered() {
	topic := create("-ordered")
	p := newProducer("ordered", producer.WithQueueSelector(producer.NewHashQueueSelector()))
	for i := 0; i < 10*count; i++ {
		one := message(topic, fmt.Sprintf("ordered-%d-%d", i%count, i/count))
		one.WithShardingKey(fmt.Sprint("key", i%count))
		result, err := p.SendSync(ctx, one)
		must("ordered", err)
		if err == nil {
			sent("ordered", string(one.Body), result)
		}
	}
	var paused atomic.Int32
	done := listen("ordered", "-ordered", "a", topic, all(), 10*count, func(one *primitive.MessageExt) consumer.ConsumeResult {
		if strings.HasSuffix(string(one.Body), "-3") && paused.Add(1) <= 4 {
			return consumer.SuspendCurrentQueueAMoment
		}
		return consumer.ConsumeSuccess
	}, consumer.WithConsumerOrder(true), consumer.WithSuspendCurrentQueueTimeMillis(200*time.Millisecond))
	wait("ordered", done)
}

type decisions struct{}

func (decisions) ExecuteLocalTransaction(one *primitive.Message) primitive.LocalTransactionState {
	return decide(string(one.Body))
}

func (decisions) CheckLocalTransaction(one *primitive.MessageExt) primitive.LocalTransactionState {
	show(event{Event: "checked", Scenario: "tx", Body: string(one.Body)})
	return decide(strings.TrimPrefix(string(one.Body), "unknown-"))
}

func decide(body string) primitive.LocalTransactionState {
	switch {
	case strings.HasPrefix(body, "commit"):
		return primitive.CommitMessageState
	case strings.HasPrefix(body, "rollback"):
		return primitive.RollbackMessageState
	}
	return primitive.UnknowState
}

func transactions() {
	topic := create("-tx")
	p, err := rocketmq.NewTransactionProducer(decisions{}, producerOptions("tx")...)
	must("tx", err)
	must("tx", p.Start())
	for i := 0; i < 3; i++ {
		for _, kind := range []string{"commit", "rollback", "unknown-commit", "unknown-rollback"} {
			one := message(topic, fmt.Sprintf("%s-%d", kind, i))
			result, err := p.SendMessageInTransaction(ctx, one)
			must("tx", err)
			if err == nil {
				show(event{Event: "sent", Scenario: "tx", Body: string(one.Body), Detail: result.TransactionID})
			}
		}
	}
	done := listen("tx", "-tx", "a", topic, all(), 6, nil)
	wait("tx", done)
	// What should not come has time to come.
	time.Sleep(12 * time.Second)
}

func requestReply() {
	topic := create("-rpc")
	replier := newProducer("replier")
	listen("rpc-asked", "-rpc", "a", topic, all(), count, func(one *primitive.MessageExt) consumer.ConsumeResult {
		reply, err := consumer.CreateReplyMessage(one, []byte("re: "+string(one.Body)))
		must("rpc", err)
		// Version 2.1.2 leaves the body out.
		reply.Body = []byte("re: " + string(one.Body))
		// Until the asker is known nobody takes the reply.
		for tries := 0; tries < 20; tries++ {
			if _, err = replier.SendSync(ctx, reply); err == nil {
				break
			}
			time.Sleep(time.Second)
		}
		must("rpc", err)
		return consumer.ConsumeSuccess
	})
	asker := newProducer("asker")
	for i := 0; i < count; i++ {
		reply, err := asker.Request(ctx, 30*time.Second, message(topic, fmt.Sprintf("question-%d", i)))
		must("rpc", err)
		if err == nil {
			show(event{Event: "received", Scenario: "rpc", Body: string(reply.Body)})
		}
	}
	if _, err := asker.Request(ctx, time.Second, message(create("-rpc-none"), "nobody")); err != nil {
		show(event{Event: "received", Scenario: "rpc-none", Body: "timeout"})
	}
}

func compressed() {
	topic := create("-zip")
	one := message(topic, strings.Repeat("z", 8192))
	one.WithProperty("ключ", "значение")
	p := newProducer("zip", producer.WithCompressMsgBodyOverHowmuch(4096))
	_, err := p.SendSync(ctx, one)
	must("zip", err)
	done := listen("", "-zip", "a", topic, all(), 1, func(got *primitive.MessageExt) consumer.ConsumeResult {
		isWhole := string(got.Body) == strings.Repeat("z", 8192)
		show(event{Event: "received", Scenario: "zip", Body: fmt.Sprint(isWhole), QueueID: int(got.SysFlag & 1), Detail: got.GetProperty("ключ")})
		return consumer.ConsumeSuccess
	})
	wait("zip", done)
}

func traced() {
	topic := create("-traced")
	p := newProducer("traced", producer.WithTrace(&primitive.TraceConfig{
		GroupName: prefix + "-tracer", Access: primitive.Local, TraceTopic: "RMQ_SYS_TRACE_TOPIC",
		NamesrvAddrs: []string{namesrv}, Resolver: primitive.NewPassthroughResolver([]string{namesrv}),
	}))
	_, err := p.SendSync(ctx, message(topic, "traced"))
	must("trace", err)
	done := make(chan struct{})
	var once sync.Once
	listen("", "-trace-reader", "a", "RMQ_SYS_TRACE_TOPIC", all(), 1, func(got *primitive.MessageExt) consumer.ConsumeResult {
		for _, line := range strings.Split(string(got.Body), "\x02") {
			if fields := strings.Split(line, "\x01"); len(fields) > 5 && fields[0] == "Pub" && fields[4] == topic {
				show(event{Event: "received", Scenario: "trace", Body: strings.TrimPrefix(fields[4], prefix)})
				once.Do(func() { close(done) })
			}
		}
		return consumer.ConsumeSuccess
	})
	wait("trace", done)
}

func delayed() {
	topic := create("-delay")
	done := listen("delay", "-delay", "a", topic, all(), 2, nil)
	for level := 1; level <= 2; level++ {
		send("delay", message(topic, fmt.Sprintf("delay-%d", level)).WithDelayTimeLevel(level))
	}
	wait("delay", done)
}

// ---- consuming

func filtered() {
	topic := create("-filter")
	for i := 0; i < count; i++ {
		one := message(topic, fmt.Sprintf("filter-%d", i)).WithTag(fmt.Sprintf("Tag%d", i%3))
		one.WithProperty("price", fmt.Sprint(i))
		send("filter", one)
	}
	sql := consumer.MessageSelector{Type: consumer.SQL92, Expression: "price BETWEEN 2 AND 5 AND TAGS <> 'Tag0'"}
	tag := consumer.MessageSelector{Type: consumer.TAG, Expression: "Tag0 || Tag1"}
	bySQL := listen("sql", "-sql", "a", topic, sql, 3, nil)
	byTag := listen("tags", "-tags", "a", topic, tag, 7, nil)
	wait("sql", bySQL)
	wait("tags", byTag)
}

func retried() {
	topic := create("-retry")
	for i := 0; i < count; i++ {
		send("retry", message(topic, fmt.Sprintf("later-%d", i)))
		send("retry", message(topic, fmt.Sprintf("dead-%d", i)))
	}
	done := listen("retry", "-retry", "a", topic, all(), 4*count, func(one *primitive.MessageExt) consumer.ConsumeResult {
		if strings.HasPrefix(string(one.Body), "dead") || one.ReconsumeTimes == 0 {
			return consumer.ConsumeRetryLater
		}
		return consumer.ConsumeSuccess
	}, consumer.WithMaxReconsumeTimes(1))
	wait("retry", done)
	letters := "%DLQ%" + prefix + "-retry"
	for tries := 0; tries < 60 && queues(letters) == nil; tries++ {
		time.Sleep(500 * time.Millisecond)
	}
	dead := listen("letters", "-letters", "a", letters, all(), count, nil)
	wait("letters", dead)
}

func broadcast() {
	topic := create("-news")
	for i := 0; i < count; i++ {
		send("news", message(topic, fmt.Sprintf("news-%d", i)))
	}
	model := consumer.WithConsumerModel(consumer.BroadCasting)
	one := listen("news-one", "-news", "one", topic, all(), count, nil, model)
	two := listen("news-two", "-news", "two", topic, all(), count, nil, model)
	wait("news-one", one)
	wait("news-two", two)
}

func pulled() {
	topic := create("-pull")
	for i := 0; i < count; i++ {
		send("pull", message(topic, fmt.Sprintf("pull-%d", i)))
	}
	c, err := rocketmq.NewPullConsumer(consumerOptions("-pull", "a")...)
	must("pull", err)
	must("pull", c.Subscribe(topic, all()))
	must("pull", c.Start())
	for _, queue := range queues(topic) {
		for offset := int64(0); ; {
			result, err := c.PullFrom(ctx, queue, offset, 32)
			must("pull", err)
			if err != nil || result.Status != primitive.PullFound {
				break
			}
			for _, one := range result.GetMessageExts() {
				received("pull", one)
			}
			offset = result.NextBeginOffset
		}
	}
}

func startedAnywhere() {
	topic := create("-where")
	for i := 0; i < count; i++ {
		send("where", message(topic, fmt.Sprintf("where-%d", i)))
	}
	starts := map[string]consumer.ConsumeFromWhere{
		"first": consumer.ConsumeFromFirstOffset, "last": consumer.ConsumeFromLastOffset, "timestamp": consumer.ConsumeFromTimestamp,
	}
	for name, where := range starts {
		done := listen("where-"+name, "-where-"+name, "a", topic, all(), count, nil, consumer.WithConsumeFromWhere(where))
		wait("where", done)
	}
}

// In order while one member joins and another leaves.
func locked() {
	topic := create("-locks")
	p := newProducer("locks", producer.WithQueueSelector(producer.NewHashQueueSelector()))
	var got atomic.Int32
	start := func(instance string) rocketmq.PushConsumer {
		return startConsumer("locks", "-locks", instance, topic, all(), func(*primitive.MessageExt) consumer.ConsumeResult {
			got.Add(1)
			return consumer.ConsumeSuccess
		}, consumer.WithConsumerOrder(true))
	}
	first := start("a")
	for i := 0; i < 10*count; i++ {
		one := message(topic, fmt.Sprintf("locked-%d-%d", i%count, i/count))
		one.WithShardingKey(fmt.Sprint("key", i%count))
		result, err := p.SendSync(ctx, one)
		must("locks", err)
		if err == nil {
			sent("locks", string(one.Body), result)
		}
		if i == 3*count {
			start("b")
		}
		if i == 7*count {
			must("locks", first.Shutdown())
		}
		time.Sleep(40 * time.Millisecond)
	}
	for until := time.Now().Add(patience); got.Load() < 10*count && time.Now().Before(until); {
		time.Sleep(100 * time.Millisecond)
	}
}

func reset() {
	topic := create("-reset")
	for i := 0; i < count; i++ {
		send("reset", message(topic, fmt.Sprintf("reset-%d", i)))
	}
	once, twice := make(chan struct{}), make(chan struct{})
	var got atomic.Int32
	listen("reset", "-reset", "a", topic, all(), 2*count, func(*primitive.MessageExt) consumer.ConsumeResult {
		switch got.Add(1) {
		case count:
			close(once)
		case 2 * count:
			close(twice)
		}
		return consumer.ConsumeSuccess
	})
	wait("reset", once)
	// The offsets are committed every five seconds.
	time.Sleep(6 * time.Second)
	show(event{Event: "ready", Scenario: "reset"})
	wait("reset", twice)
}

func members() {
	topic := create("-members")
	var got atomic.Int32
	take := func(*primitive.MessageExt) consumer.ConsumeResult {
		got.Add(1)
		return consumer.ConsumeSuccess
	}
	first := startConsumer("members", "-members", "a", topic, all(), take)
	for i := 0; i < count; i++ {
		send("members", message(topic, fmt.Sprintf("one-%d", i)))
	}
	startConsumer("members", "-members", "b", topic, all(), take)
	time.Sleep(3 * time.Second)
	for i := 0; i < count; i++ {
		send("members", message(topic, fmt.Sprintf("two-%d", i)))
	}
	must("members", first.Shutdown())
	for i := 0; i < count; i++ {
		send("members", message(topic, fmt.Sprintf("three-%d", i)))
	}
	for until := time.Now().Add(patience); got.Load() < 3*count && time.Now().Before(until); {
		time.Sleep(100 * time.Millisecond)
	}
}

// ---- shared

func create(name string) string {
	topic := prefix + name
	tool, err := admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver([]string{namesrv})))
	must("create", err)
	for tries := 0; tries < 40; tries++ {
		err = tool.CreateTopic(ctx, admin.WithTopicCreate(topic), admin.WithBrokerAddrCreate(broker), admin.WithReadQueueNums(4), admin.WithWriteQueueNums(4))
		if err == nil && len(queues(topic)) == 4 {
			return topic
		}
		time.Sleep(500 * time.Millisecond)
	}
	must("create", fmt.Errorf("no topic %s: %v", topic, err))
	return topic
}

func queues(topic string) []*primitive.MessageQueue {
	tool, err := admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver([]string{namesrv})))
	must("queues", err)
	found, err := tool.FetchPublishMessageQueues(ctx, topic)
	if err != nil {
		return nil
	}
	return found
}

func all() consumer.MessageSelector {
	return consumer.MessageSelector{Type: consumer.TAG, Expression: "*"}
}

func message(topic, body string) *primitive.Message {
	one := primitive.NewMessage(topic, []byte(body)).WithTag("TagA")
	return one.WithKeys([]string{"key-" + body[:min(len(body), 20)]})
}

func producerOptions(name string, more ...producer.Option) []producer.Option {
	return append([]producer.Option{
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName(prefix + "-" + name),
		producer.WithInstanceName(name),
		producer.WithSendMsgTimeout(10 * time.Second),
	}, more...)
}

func newProducer(name string, more ...producer.Option) rocketmq.Producer {
	p, err := rocketmq.NewProducer(producerOptions(name, more...)...)
	must(name, err)
	must(name, p.Start())
	return p
}

func consumerOptions(group, instance string, more ...consumer.Option) []consumer.Option {
	return append([]consumer.Option{
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		consumer.WithGroupName(prefix + group),
		consumer.WithInstance(prefix + group + instance),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
		consumer.WithConsumeMessageBatchMaxSize(1),
	}, more...)
}

type take func(*primitive.MessageExt) consumer.ConsumeResult

func startConsumer(scenario, group, instance, topic string, selector consumer.MessageSelector, each take, more ...consumer.Option) rocketmq.PushConsumer {
	c, err := rocketmq.NewPushConsumer(consumerOptions(group, instance, more...)...)
	must(scenario, err)
	must(scenario, c.Subscribe(topic, selector, func(within context.Context, got ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		if how, ok := primitive.GetConcurrentlyCtx(within); ok {
			how.DelayLevelWhenNextConsume = 1
		}
		for _, one := range got {
			result := consumer.ConsumeSuccess
			if each != nil {
				result = each(one)
			}
			if scenario != "" && result != consumer.SuspendCurrentQueueAMoment {
				received(scenario, one)
			}
			if result != consumer.ConsumeSuccess {
				return result, nil
			}
		}
		return consumer.ConsumeSuccess, nil
	}))
	must(scenario, c.Start())
	return c
}

// Closed when that many messages were taken.
func listen(scenario, group, instance, topic string, selector consumer.MessageSelector, expected int32, each take, more ...consumer.Option) chan struct{} {
	done := make(chan struct{})
	var got atomic.Int32
	startConsumer(scenario, group, instance, topic, selector, func(one *primitive.MessageExt) consumer.ConsumeResult {
		result := consumer.ConsumeSuccess
		if each != nil {
			result = each(one)
		}
		if result != consumer.SuspendCurrentQueueAMoment && got.Add(1) == expected {
			close(done)
		}
		return result
	}, more...)
	return done
}

func wait(scenario string, done chan struct{}) {
	select {
	case <-done:
	case <-time.After(patience):
		failed(scenario, fmt.Errorf("not in time"))
	}
}

func send(scenario string, one *primitive.Message) {
	result, err := sender.SendSync(ctx, one)
	must(scenario, err)
	if err == nil {
		sent(scenario, string(one.Body), result)
	}
}

func sent(scenario, body string, result *primitive.SendResult) {
	show(event{Event: "sent", Scenario: scenario, Body: body, QueueID: result.MessageQueue.QueueId, Offset: result.QueueOffset, Detail: result.OffsetMsgID})
}

func received(scenario string, one *primitive.MessageExt) {
	age := time.Now().UnixMilli() - one.BornTimestamp
	show(event{Event: "received", Scenario: scenario, Body: string(one.Body), QueueID: int(one.ReconsumeTimes), Offset: one.QueueOffset, Detail: fmt.Sprint(age)})
}
