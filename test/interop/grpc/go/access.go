package main

import (
	"os"
	"time"

	rmq "github.com/apache/rocketmq-clients/golang/v5"
	"github.com/apache/rocketmq-clients/golang/v5/credentials"
)

// Good credentials are let in, bad ones and none are not.
func access() {
	key, secret := os.Args[3], os.Args[4]
	session = credentials.SessionCredentials{AccessKey: key, AccessSecret: secret}
	c := consumer("access", "access", rmq.SUB_ALL)
	defer c.GracefulStop()
	p := producer("access")
	defer p.GracefulStop()
	send(p, message("access", "let in"))
	check(len(take(c, 1, 20*time.Second)) == 1, "not received")
	for _, wrong := range []credentials.SessionCredentials{{AccessKey: key, AccessSecret: "not-the-secret"}, {}} {
		session = wrong
		refused("access")()
	}
}
