package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	rmq "github.com/apache/rocketmq-clients/golang/v5"
)

// A balancer of calls reads plain text.
func init() { rmq.EnableSsl = len(os.Args) < 3 || os.Args[2] != "ride" }

type seen struct {
	sync.Mutex
	bodies map[string]bool
}

func (s *seen) add(body string) {
	s.Lock()
	defer s.Unlock()
	s.bodies[body] = true
}

func (s *seen) missing(sent []string) (count int) {
	s.Lock()
	defer s.Unlock()
	for _, body := range sent {
		if !s.bodies[body] {
			count++
		}
	}
	return count
}

// Sends and consumes while gateways come and go: what was acknowledged has to come to both
// consumers.
func ride() {
	seconds, err := strconv.Atoi(os.Args[3])
	must(err)
	received, pushed := &seen{bodies: map[string]bool{}}, &seen{bodies: map[string]bool{}}
	simple := consumer("ride", "ride", rmq.SUB_ALL)
	listening("ride-push", "ride", rmq.SUB_ALL, func(view *rmq.MessageView) rmq.ConsumerResult {
		pushed.add(string(view.GetBody()))
		return rmq.SUCCESS
	})
	go func() {
		for {
			views, err := simple.Receive(ctx, 16, invisible)
			for _, view := range views {
				received.add(string(view.GetBody()))
				_ = simple.Ack(ctx, view)
			}
			if err != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
	}()
	p := producer("ride")
	for pushed.missing([]string{"first"}) > 0 {
		_, _ = p.Send(ctx, message("ride", "first"))
		time.Sleep(500 * time.Millisecond)
	}
	fmt.Println("riding")
	var sent []string
	var longest time.Duration
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		body := fmt.Sprintf("r%d", len(sent))
		since := time.Now()
		for {
			if _, err := p.Send(ctx, message("ride", body)); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		longest = max(longest, time.Since(since))
		sent = append(sent, body)
		time.Sleep(20 * time.Millisecond)
	}
	for end := time.Now().Add(150 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if received.missing(sent)+pushed.missing(sent) == 0 {
			break
		}
	}
	check(received.missing(sent) == 0, "the simple consumer misses %d of %d", received.missing(sent), len(sent))
	check(pushed.missing(sent) == 0, "the push consumer misses %d of %d", pushed.missing(sent), len(sent))
	fmt.Printf("{\"sent\":%d,\"longestMs\":%d}\n", len(sent), longest.Milliseconds())
}
