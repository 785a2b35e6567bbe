// Every row of the client matrix that the Go client's API has: one JSON line each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	rmq "github.com/apache/rocketmq-clients/golang/v5"
	"github.com/apache/rocketmq-clients/golang/v5/credentials"
)

const invisible = 20 * time.Second

var ctx = context.Background()

// Of access.go.
var session = credentials.SessionCredentials{}

func config(group string) *rmq.Config {
	mine := session
	return &rmq.Config{Endpoint: os.Args[1], ConsumerGroup: group, Credentials: &mine}
}

func check(holds bool, format string, args ...any) {
	if !holds {
		panic(fmt.Errorf(format, args...))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func message(topic, body string) *rmq.Message {
	return &rmq.Message{Topic: "go-" + topic, Body: []byte(body)}
}

func producer(topic string, options ...rmq.ProducerOption) rmq.Producer {
	made, err := rmq.NewProducer(config(""), append(options, rmq.WithTopics("go-"+topic))...)
	must(err)
	must(made.Start())
	return made
}

func send(p rmq.Producer, m *rmq.Message) *rmq.SendReceipt {
	receipts, err := p.Send(ctx, m)
	must(err)
	return receipts[0]
}

func consumer(group, topic string, filter *rmq.FilterExpression) rmq.SimpleConsumer {
	made, err := rmq.NewSimpleConsumer(
		config("go-"+group),
		rmq.WithSimpleAwaitDuration(time.Second),
		rmq.WithSimpleSubscriptionExpressions(map[string]*rmq.FilterExpression{"go-" + topic: filter}),
	)
	must(err)
	must(made.Start())
	// A group begins at the newest message: it has to be there before what it is to get. No
	// message is an error to this client.
	_, _ = made.Receive(ctx, 1, invisible)
	return made
}

func take(c rmq.SimpleConsumer, count int, patience time.Duration) []*rmq.MessageView {
	var taken []*rmq.MessageView
	for end := time.Now().Add(patience); len(taken) < count && time.Now().Before(end); {
		views, _ := c.Receive(ctx, 16, invisible)
		for _, view := range views {
			must(c.Ack(ctx, view))
			taken = append(taken, view)
		}
	}
	return taken
}

func normal() {
	c := consumer("normal", "normal", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("normal")
	defer p.GracefulStop()
	sent := message("normal", "one")
	sent.SetTag("paid")
	sent.SetKeys("k1", "k2")
	sent.AddProperty("shop", "north")
	receipt := send(p, sent)
	taken := take(c, 1, 20*time.Second)
	check(len(taken) == 1, "received %d", len(taken))
	view := taken[0]
	check(view.GetMessageId() == receipt.MessageID, "another id")
	check(string(view.GetBody()) == "one" && *view.GetTag() == "paid", "another message")
	check(len(view.GetKeys()) == 2 && view.GetProperties()["shop"] == "north", "keys or properties")
}

func async() {
	c := consumer("async", "normal", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("normal")
	defer p.GracefulStop()
	var all sync.WaitGroup
	for i := 0; i < 5; i++ {
		all.Add(1)
		p.SendAsync(ctx, message("normal", fmt.Sprint(i)), func(_ context.Context, _ []*rmq.SendReceipt, err error) {
			if err == nil {
				all.Done()
			}
		})
	}
	all.Wait()
	check(len(take(c, 5, 20*time.Second)) == 5, "not all received")
}

func fifo() {
	c := consumer("fifo", "fifo", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("fifo")
	defer p.GracefulStop()
	for i := 0; i < 6; i++ {
		m := message("fifo", fmt.Sprintf("f%d", i))
		m.SetMessageGroup("g")
		send(p, m)
	}
	taken := take(c, 6, 30*time.Second)
	check(len(taken) == 6, "received %d", len(taken))
	for i, view := range taken {
		check(string(view.GetBody()) == fmt.Sprintf("f%d", i), "out of order")
	}
}

func delay() {
	c := consumer("delay", "delay", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("delay")
	defer p.GracefulStop()
	due := time.Now().Add(2 * time.Second)
	m := message("delay", "late")
	m.SetDelayTimestamp(due)
	send(p, m)
	check(len(take(c, 1, 30*time.Second)) == 1, "not received")
	check(!time.Now().Before(due), "too early")
}

type asked struct {
	sync.Mutex
	bodies []string
}

func (a *asked) checker() rmq.ProducerOption {
	return rmq.WithTransactionChecker(&rmq.TransactionChecker{
		Check: func(view *rmq.MessageView) rmq.TransactionResolution {
			a.Lock()
			defer a.Unlock()
			a.bodies = append(a.bodies, string(view.GetBody()))
			return rmq.COMMIT
		},
	})
}

func transaction() {
	c := consumer("tx", "tx", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("tx", (&asked{}).checker())
	defer p.GracefulStop()
	bad := p.BeginTransaction()
	_, err := p.SendWithTransaction(ctx, message("tx", "bad"), bad)
	must(err)
	must(bad.RollBack())
	good := p.BeginTransaction()
	_, err = p.SendWithTransaction(ctx, message("tx", "good"), good)
	must(err)
	must(good.Commit())
	taken := take(c, 2, 6*time.Second)
	check(len(taken) == 1 && string(taken[0].GetBody()) == "good", "received %d", len(taken))
}

func orphan() {
	c := consumer("orphan", "tx", rmq.SUB_ALL)
	defer c.GracefulStop()
	a := &asked{}
	p := producer("tx", a.checker())
	defer p.GracefulStop()
	_, err := p.SendWithTransaction(ctx, message("tx", "forgotten"), p.BeginTransaction())
	must(err)
	check(len(take(c, 1, 60*time.Second)) == 1, "not received, asked %v", a.bodies)
}

func changeInvisible() {
	c := consumer("change", "normal", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("normal")
	defer p.GracefulStop()
	send(p, message("normal", "later"))
	for i := 0; i < 20; i++ {
		views, _ := c.Receive(ctx, 1, invisible)
		if len(views) == 0 {
			continue
		}
		must(c.ChangeInvisibleDuration(views[0], 30*time.Second))
		must(c.Ack(ctx, views[0]))
		return
	}
	panic("not received")
}

func sqlFilter() {
	filter := rmq.NewFilterExpressionWithType("size > 5", rmq.SQL92)
	c := consumer("sql", "normal", filter)
	defer c.GracefulStop()
	p := producer("normal")
	defer p.GracefulStop()
	for _, size := range []string{"1", "9"} {
		m := message("normal", size)
		m.AddProperty("size", size)
		send(p, m)
	}
	taken := take(c, 1, 20*time.Second)
	check(len(taken) == 1 && string(taken[0].GetBody()) == "9", "received %d", len(taken))
}

type got struct {
	sync.Mutex
	bodies   map[string]int
	attempts map[int32]int
}

func (g *got) has(holds func() bool) func() bool {
	return func() bool {
		g.Lock()
		defer g.Unlock()
		return holds()
	}
}

func pushing(group, topic string, filter *rmq.FilterExpression, result rmq.ConsumerResult) (*got, rmq.PushConsumer) {
	g := &got{bodies: map[string]int{}, attempts: map[int32]int{}}
	return g, listening(group, topic, filter, func(view *rmq.MessageView) rmq.ConsumerResult {
		g.Lock()
		defer g.Unlock()
		g.bodies[string(view.GetBody())]++
		g.attempts[view.GetDeliveryAttempt()]++
		return result
	})
}

func listening(
	group, topic string,
	filter *rmq.FilterExpression,
	consume func(*rmq.MessageView) rmq.ConsumerResult,
) rmq.PushConsumer {
	made, err := rmq.NewPushConsumer(
		config("go-"+group),
		rmq.WithPushAwaitDuration(5*time.Second),
		rmq.WithPushSubscriptionExpressions(map[string]*rmq.FilterExpression{"go-" + topic: filter}),
		rmq.WithPushMessageListener(&rmq.FuncMessageListener{Consume: consume}),
	)
	must(err)
	must(made.Start())
	return made
}

// Sends again and again, since nobody knows when a push consumer has begun.
func until(holds func() bool, patience time.Duration, send func()) {
	for end := time.Now().Add(patience); !holds(); time.Sleep(500 * time.Millisecond) {
		check(time.Now().Before(end), "not in time")
		send()
	}
}

func push() {
	g, c := pushing("push", "normal", rmq.NewFilterExpression("wanted"), rmq.SUCCESS)
	defer c.GracefulStop()
	p := producer("normal")
	defer p.GracefulStop()
	until(g.has(func() bool { return g.bodies["yes"] > 0 }), 40*time.Second, func() {
		for body, tag := range map[string]string{"no": "other", "yes": "wanted"} {
			m := message("normal", body)
			m.SetTag(tag)
			send(p, m)
		}
	})
	check(g.bodies["no"] == 0, "the filter let through others")
}

func failing(group, topic string) func() {
	return func() {
		g, c := pushing(group, topic, rmq.SUB_ALL, rmq.FAILURE)
		defer c.GracefulStop()
		p := producer(topic)
		defer p.GracefulStop()
		until(g.has(func() bool { return len(g.attempts) > 0 }), 40*time.Second, func() {
			m := message(topic, "poison")
			if topic == "fifo" {
				m.SetMessageGroup("p")
			}
			send(p, m)
		})
		until(g.has(func() bool { return g.attempts[2] > 0 }), 60*time.Second, func() {})
		time.Sleep(3 * time.Second)
	}
}

// Longer than Apache's first invisible time: a proxy has to renew it, or to give more at once.
func slowListener() {
	var lock sync.Mutex
	attempts := map[string]int{}
	done := make(chan struct{}, 100)
	c := listening("slow", "slow", rmq.SUB_ALL, func(view *rmq.MessageView) rmq.ConsumerResult {
		lock.Lock()
		attempts[string(view.GetBody())]++
		lock.Unlock()
		time.Sleep(66 * time.Second)
		done <- struct{}{}
		return rmq.SUCCESS
	})
	defer c.GracefulStop()
	p := producer("slow")
	defer p.GracefulStop()
	n := 0
	until(func() bool { lock.Lock(); defer lock.Unlock(); return len(attempts) > 0 }, 40*time.Second, func() {
		n++
		send(p, message("slow", fmt.Sprint(n)))
	})
	<-done
	time.Sleep(3 * time.Second)
	lock.Lock()
	defer lock.Unlock()
	for body, count := range attempts {
		check(count == 1, "%s came %d times", body, count)
	}
}

func refused(topic string) func() {
	return func() {
		p, err := rmq.NewProducer(config(""), rmq.WithTopics("go-"+topic))
		must(err)
		if p.Start() != nil {
			return
		}
		defer p.GracefulStop()
		_, err = p.Send(ctx, message(topic, "x"))
		check(err != nil, "it was sent")
	}
}

// The topic is made when the row before has been printed.
func lateTopic() {
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		p, err := rmq.NewProducer(config(""), rmq.WithTopics("go-late"))
		must(err)
		if err = p.Start(); err == nil {
			_, err = p.Send(ctx, message("late", "x"))
			_ = p.GracefulStop()
		}
		if err == nil {
			return
		}
		check(time.Now().Before(end), "%v", err)
	}
}

// A listener that is asked for its stacks, and to consume on trial, until it is told that this is
// all.
func commands() {
	done := make(chan struct{}, 100)
	c := listening("commands", "commands", rmq.SUB_ALL, func(view *rmq.MessageView) rmq.ConsumerResult {
		if string(view.GetBody()) == "done" {
			done <- struct{}{}
		}
		return rmq.SUCCESS
	})
	defer c.GracefulStop()
	fmt.Println("commands")
	select {
	case <-done:
	case <-time.After(90 * time.Second):
		panic("not in time")
	}
}

func shutdown() {
	p := producer("normal")
	simple := consumer("down", "normal", rmq.SUB_ALL)
	_, push := pushing("down-push", "normal", rmq.SUB_ALL, rmq.SUCCESS)
	send(p, message("normal", "bye"))
	since := time.Now()
	must(push.GracefulStop())
	must(simple.GracefulStop())
	must(p.GracefulStop())
	check(time.Since(since) < time.Minute, "it took more than a minute")
}

func outcome(run func()) (detail string) {
	defer func() {
		if failure := recover(); failure != nil {
			detail = fmt.Sprint(failure)
		}
	}()
	run()
	return ""
}

func row(name string, run func()) { print(name, outcome(run)) }

func print(name, detail string) {
	line, _ := json.Marshal(map[string]any{"row": name, "ok": detail == "", "detail": detail})
	fmt.Println(string(line))
}

func main() {
	rmq.ResetLogger()
	mode := "rows"
	if len(os.Args) > 2 {
		mode = os.Args[2]
	}
	switch mode {
	case "ride":
		row("ride", ride)
	case "access":
		row("credentials", access)
	default:
		all()
	}
}

func all() {
	slow := make(chan string)
	go func() { slow <- outcome(slowListener) }()
	row("normal", normal)
	row("async", async)
	row("fifo", fifo)
	row("delay", delay)
	row("transaction", transaction)
	row("orphan", orphan)
	row("change-invisible", changeInvisible)
	row("sql-filter", sqlFilter)
	row("push", push)
	row("push-retry", failing("retry", "normal"))
	row("push-fifo-dead", failing("dead", "fifo"))
	row("no-topic", refused("nowhere"))
	row("late-topic", lateTopic)
	row("wrong-type", refused("fifo"))
	row("commands", commands)
	row("shutdown", shutdown)
	print("slow-listener", <-slow)
}
