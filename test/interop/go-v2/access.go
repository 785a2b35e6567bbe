package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// Sends and consumes with an access key. Arguments: namesrv, key, secret, topic to send to, how
// many, group and topic to consume, how many to wait for. Each send that is refused is printed
// with its reason.
func access(args []string) {
	namesrv, prefix = args[0], ""
	key := primitive.Credentials{AccessKey: args[1], SecretKey: args[2]}
	sendSigned(key, args[3], number(args[4]))
	consumeSigned(key, args[5], args[6], number(args[7]))
	show(event{Event: "done", Scenario: "access"})
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	must("access", err)
	return value
}

func sendSigned(key primitive.Credentials, topic string, count int) {
	p := newProducer("access-producer", producer.WithCredentials(key), producer.WithRetry(0))
	for i := 0; i < count; i++ {
		body := fmt.Sprintf("access-%d", i)
		var reason error
		// Until it is stored or refused: on a machine that is busy the client may give up before.
		for tries := 0; tries < 5; tries++ {
			result, err := p.SendSync(ctx, message(topic, body))
			reason = err
			if err == nil {
				sent("access", body, result)
				break
			}
			if strings.Contains(err.Error(), "16") {
				break
			}
		}
		if reason != nil {
			show(event{Event: "failed", Scenario: "access", Body: body, Detail: reason.Error()})
		}
	}
	must("access", p.Shutdown())
}

func consumeSigned(key primitive.Credentials, group, topic string, count int) {
	if count == 0 {
		return
	}
	var lock sync.Mutex
	seen := map[string]bool{}
	done := make(chan struct{})
	c, err := rocketmq.NewPushConsumer(consumerOptions(group, "access", consumer.WithCredentials(key))...)
	must("access", err)
	must("access", c.Subscribe(topic, all(), func(_ context.Context, got ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		lock.Lock()
		defer lock.Unlock()
		for _, one := range got {
			received("access", one)
			if body := string(one.Body); !seen[body] {
				seen[body] = true
				if len(seen) == count {
					close(done)
				}
			}
		}
		return consumer.ConsumeSuccess, nil
	}))
	must("access", c.Start())
	select {
	case <-done:
	case <-time.After(60 * time.Second):
	}
	must("access", c.Shutdown())
}
