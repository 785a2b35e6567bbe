package main

import (
	"strconv"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// Sends to a topic for some seconds, whatever happens to its brokers, while a group consumes it;
// ends when everything that was acknowledged was consumed. The offset of a "sent" event is the time
// at which it was acknowledged, ms. Arguments: namesrv address, topic, seconds.
func failover(args []string) {
	var topic string
	namesrv, topic, prefix = args[0], args[1], args[1]
	seconds, err := strconv.Atoi(args[2])
	must("failover", err)
	var lock sync.Mutex
	open, seen := map[string]bool{}, map[string]bool{}
	c := startConsumer("failover", "-group", "", topic, all(), func(one *primitive.MessageExt) consumer.ConsumeResult {
		lock.Lock()
		defer lock.Unlock()
		seen[string(one.Body)] = true
		delete(open, string(one.Body))
		return consumer.ConsumeSuccess
	})
	p := newProducer("producer")
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for n := 0; time.Now().Before(end); n++ {
		body := "failover-" + strconv.Itoa(n)
		// What is refused is not tried again: the next message is another try.
		result, err := p.SendSync(ctx, message(topic, body))
		if err == nil && result.Status == primitive.SendOK {
			lock.Lock()
			if !seen[body] {
				open[body] = true
			}
			lock.Unlock()
			show(event{Event: "sent", Scenario: "failover", Body: body, QueueID: result.MessageQueue.QueueId, Offset: time.Now().UnixMilli()})
		}
		time.Sleep(20 * time.Millisecond)
	}
	for waited := time.Duration(0); waited < patience; waited += 100 * time.Millisecond {
		lock.Lock()
		left := len(open)
		lock.Unlock()
		if left == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	must("failover", p.Shutdown())
	must("failover", c.Shutdown())
	show(event{Event: "done", Scenario: "all"})
}
