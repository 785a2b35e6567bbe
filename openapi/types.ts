// Made from gateway.yaml (sha256 97438218a5fdf1e73dfbf6c6f537c17ae1e9e5904010b9c86c393bbf5143460e) by `npm run types`.
export interface paths {
    "/v1/topics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Topics by name, without those of the system */
        get: operations["listTopics"];
        put?: never;
        /** Make a topic on every broker */
        post: operations["createTopic"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        /** A topic, its type and its queues */
        get: operations["getTopic"];
        put?: never;
        post?: never;
        /** Delete a topic */
        delete: operations["deleteTopic"];
        options?: never;
        head?: never;
        /** Set how many queues a topic has */
        patch: operations["changeTopic"];
        trace?: never;
    };
    "/v1/topics/{topic}/queues": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        /** The queues of a topic and where they begin and end */
        get: operations["listQueues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/queues/{broker}/{queueId}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
                broker: components["parameters"]["Broker"];
                queueId: number;
            };
            cookie?: never;
        };
        /** Look at the messages of a queue without consuming them */
        get: operations["browseQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        /**
         * Search messages by key, or by time and tag
         * @description Without a key every message of the time is looked at, up to 10,000 in one call: `complete`
         *     says whether that was all, else `nextPageToken` goes on.
         */
        get: operations["searchMessages"];
        put?: never;
        /**
         * Send one message
         * @description The request body is the message and its `Content-Type` is given back on consume, unless
         *     the type is `application/vnd.rocketway.message+json`: then the body is an envelope; or the
         *     request is a CloudEvent, structured or binary (`ce-*` headers): then its attributes are
         *     properties and its data is the message. Bodies may come in gzip, deflate or zstd.
         *     A failed send says in `outcome` whether the message may have been stored.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/messages/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
                messageId: string;
            };
            cookie?: never;
        };
        /** A message by its id */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a question and wait for its reply
         * @description The body is a message as of a send. Whoever receives it finds a `replyHandle` with it.
         */
        post: operations["requestReply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/replies/{handle}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `replyHandle` of a received message. */
                handle: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reply to a question */
        post: operations["sendReply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{transactionId}:commit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the send or of a question. */
                transactionId: components["parameters"]["Transaction"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver a message that was sent with `Mq-Type` transaction */
        post: operations["commitTransaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/transactions/{transactionId}:rollback": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the send or of a question. */
                transactionId: components["parameters"]["Transaction"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back a message that was sent with `Mq-Type` transaction */
        post: operations["rollbackTransaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/producer-groups/{topic}/transaction-checks:receive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wait for the brokers' questions about transactions that nobody ended
         * @description The producer group of what is sent through a gateway is its topic. Each question goes to
         *     one of those who wait; end it with its `transactionId`.
         */
        post: operations["receiveChecks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/scheduled/{handle}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
                /** @description The `recallHandle` of the send. */
                handle: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take back a delayed message
         * @description Stored, and done when the message falls due: a message that was delivered meanwhile, or
         *     taken back before, is answered alike.
         */
        delete: operations["recallMessage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/messages:batch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send many messages */
        post: operations["sendBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/messages:read": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read a page as a reader */
        post: operations["readMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{topic}/events": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        /**
         * Follow a topic as a reader, as Server-Sent Events or NDJSON
         * @description Events are `message` (with a cursor as its id), `problem` and `goaway`. A client that
         *     comes back with `Last-Event-ID` goes on where it was.
         */
        get: operations["streamMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/topics/{topic}/events": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        /**
         * Receive as a stream, as Server-Sent Events or NDJSON
         * @description Messages come with handles and are acknowledged by REST. With `ack=auto` they are
         *     acknowledged when they were written: at most once, for what may be lost.
         */
        get: operations["streamGroup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/topics/{topic}:seek": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set where a group goes on
         * @description What is in flight stays with whoever has it until its time is over.
         */
        post: operations["seekGroup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Groups by name, without those of the system */
        get: operations["listGroups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        /** A group and its settings */
        get: operations["getGroup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/lag": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        /** How far a group is behind, queue by queue */
        get: operations["getLag"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/in-flight": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        /** How much a group has received and not acknowledged */
        get: operations["getInFlight"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/clients": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        /**
         * Clients of a group that send heartbeats
         * @description Those that receive through a gateway are not among them.
         */
        get: operations["listClients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/dlq/messages": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        /** What a group has given up on */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/dlq/messages:resend": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send letters to the topic they came from
         * @description Every group of the topic gets them; the letters stay where they are.
         */
        post: operations["resendDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/dlq/messages:purge": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do away with all letters of a group */
        post: operations["purgeDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cluster": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Clusters and their brokers */
        get: operations["getCluster"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/brokers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Brokers and their figures */
        get: operations["listBrokers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/brokers/{broker}/replicas": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                broker: components["parameters"]["Broker"];
            };
            cookie?: never;
        };
        /**
         * The brokers of a set, their roles and how far behind they are
         * @description Each is asked at its own address. Works while the set has no master: then nobody says
         *     how far a slave is behind.
         */
        get: operations["listReplicas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/brokers/{broker}/config": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                broker: components["parameters"]["Broker"];
            };
            cookie?: never;
        };
        /** The settings of a broker */
        get: operations["getBrokerConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings of a broker while it runs
         * @description Only a few may be changed from here; the others are its operator's file.
         */
        patch: operations["changeBrokerConfig"];
        trace?: never;
    };
    "/v1/groups/{group}/topics/{topic}/messages:receive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive messages for a group
         * @description Waits for the first message, then answers with what there is. With
         *     `Accept: application/octet-stream` and `max` 1 the answer is the message's body, its
         *     metadata in `Mq-*` headers, and 204 when there is none. What could not be delivered
         *     because the caller has gone is visible again at once.
         */
        post: operations["receiveMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/messages:dead-letter": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give messages up
         * @description Each is stored among the group's dead letters, then acknowledged.
         */
        post: operations["deadLetterMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/messages:ack": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge messages
         * @description Acknowledging twice is no mistake. Each handle has a result of its own.
         */
        post: operations["ackMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/messages:nack": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give messages back, at once or after a delay */
        post: operations["nackMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/groups/{group}/messages:extend": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep messages invisible for longer
         * @description Each handle is replaced by a new one; the old one is superseded.
         */
        post: operations["extendMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A ticket for what cannot set headers
         * @description EventSource and WebSocket in a browser carry it as `?ticket=` in the address. It stands
         *     for the credential that asks for it: once, within 30 s, for pages of one origin, which is
         *     the request's `Origin`, or the one that a program names. Without Redis each node knows
         *     only which tickets it has seen itself.
         */
        post: operations["createTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what, and who was refused
         * @description The newest 10,000 rows of this node since its start, newest first, for administrators. All
         *     rows are where the node writes them (`auth.auditFile`, or the log).
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys of this gateway, without what opens a door */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key
         * @description For administrators, as all operations on keys. The key is in this answer and nowhere else.
         *     It is kept in the keys file of the node (`auth.keysFile`) and opens that node from now on;
         *     other nodes that share the file take it over with a reload.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        /** An API key, without what opens a door */
        get: operations["getApiKey"];
        put?: never;
        post?: never;
        /** Revoke an API key */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Users of the cluster, and what each broker has of them
         * @description Users and policies are those of the brokers' ACL 2.0, for administrators. The gateway asks
         *     with its own credential (`brokerCredentials`), which has to be a super user's. Those of
         *     name servers are not served here.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Make a user on every broker
         * @description Where the user is there already it stays as it is. The first user of a broker has to be a
         *     super user.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        /** A user, without the secret */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /** Delete a user with its policies */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /** Change a user; what is absent stays */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/v1/acls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What policies of users allow and deny */
        get: operations["listAcls"];
        put?: never;
        /**
         * Allow or deny a user something
         * @description Entries are added to those there are; what is said of the same resource is replaced. They
         *     are for every broker that has the user.
         */
        post: operations["putAcl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/acls/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        /** The policies of a user */
        get: operations["getAcl"];
        put?: never;
        post?: never;
        /** Take back policies of a user, all or some */
        delete: operations["deleteAcl"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The WebSocket's document */
        get: operations["getAsyncApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/{name}.json": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: "ws-v1" | "config-v1";
            };
            cookie?: never;
        };
        /** JSON Schemas of WebSocket frames and of the settings file */
        get: operations["getSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document for people */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        /** What a problem means */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @example 30s */
        Duration: string;
        /** Format: date-time */
        Time: string;
        Offset: string;
        Count: number;
        /** @enum {string} */
        MessageType: "normal" | "fifo" | "delay" | "transaction";
        Properties: {
            [key: string]: string;
        };
        Filter: {
            /** @enum {string} */
            type: "tag" | "sql";
            expression: string;
        };
        /** @description One of `json`, `text` and `base64`. */
        RequestBody: {
            json?: unknown;
            text?: string;
            base64?: string;
        };
        Envelope: {
            body: components["schemas"]["RequestBody"];
            contentType?: string;
            tag?: string;
            keys?: string[];
            properties?: components["schemas"]["Properties"];
            orderingKey?: string;
            delay?: components["schemas"]["Duration"];
            deliverAt?: components["schemas"]["Time"];
            type?: components["schemas"]["MessageType"];
            producerGroup?: string;
            /** @description Not served yet; refused with `not-implemented`. */
            idempotencyKey?: string;
            /** @constant */
            require?: "replicated";
            traceparent?: string;
            tracestate?: string;
        };
        BatchMessage: {
            /** @description Given back with the result. */
            ref?: string;
        } & components["schemas"]["Envelope"];
        Batch: {
            messages: components["schemas"]["BatchMessage"][];
        };
        Recalled: {
            messageId: string;
        };
        Sent: {
            messageId: string;
            topic: string;
            broker: string;
            queueId: components["schemas"]["Count"];
            queueOffset: components["schemas"]["Offset"];
            storedAt: components["schemas"]["Time"];
            /** @enum {string} */
            durability: "replicated" | "local";
            replayed?: boolean;
            transactionId?: string;
            recallHandle?: string;
        };
        BatchItem: {
            ref?: string;
            status: number;
            messageId?: string;
            topic?: string;
            broker?: string;
            queueId?: components["schemas"]["Count"];
            queueOffset?: components["schemas"]["Offset"];
            storedAt?: components["schemas"]["Time"];
            /** @enum {string} */
            durability?: "replicated" | "local";
            problem?: components["schemas"]["Problem"];
        };
        BatchResult: {
            stored: components["schemas"]["Count"];
            failed: components["schemas"]["Count"];
            /** @description In the order of the messages. */
            results: components["schemas"]["BatchItem"][];
        };
        ReceiveRequest: {
            /** @default 1 */
            max: number;
            /** @description 0s to 20s; 0s without it. */
            wait?: components["schemas"]["Duration"];
            /** @description 10s to 12h; 60s without it. */
            invisible?: components["schemas"]["Duration"];
            filter?: components["schemas"]["Filter"];
            attemptId?: string;
            /**
             * @description Where a group begins that has never received.
             * @default earliest
             * @enum {string}
             */
            from: "earliest" | "latest";
        };
        MessageBody: {
            json?: unknown;
            text?: string;
            base64?: string;
        };
        Message: {
            messageId: string;
            topic: string;
            tag?: string;
            keys: string[];
            properties: components["schemas"]["Properties"];
            contentType?: string;
            orderingKey?: string;
            traceparent?: string;
            bornAt: components["schemas"]["Time"];
            storedAt: components["schemas"]["Time"];
            broker: string;
            queueId: components["schemas"]["Count"];
            queueOffset: components["schemas"]["Offset"];
            /** @constant */
            bodyEncoding?: "gzip";
            body: components["schemas"]["MessageBody"];
        };
        ReceivedMessage: components["schemas"]["Message"] & {
            handle: string;
            attempt: number;
            invisibleUntil: components["schemas"]["Time"];
            /** @description Of a message that waits for a reply. */
            replyHandle?: string;
        };
        ReceiveResult: {
            messages: components["schemas"]["ReceivedMessage"][];
            waitedMs: components["schemas"]["Count"];
        };
        AckRequest: {
            handles: string[];
        };
        NackRequest: {
            items: {
                handle: string;
                delay?: components["schemas"]["Duration"];
            }[];
        };
        ExtendRequest: {
            items: {
                handle: string;
                invisible: components["schemas"]["Duration"];
            }[];
        };
        HandleFailure: {
            index: components["schemas"]["Count"];
            status: number;
            problem: components["schemas"]["Problem"];
        };
        AckResult: {
            acked: components["schemas"]["Count"];
            /** @description The handles that failed. */
            results?: components["schemas"]["HandleFailure"][];
        };
        NackResult: {
            nacked: components["schemas"]["Count"];
            /** @description The handles that failed. */
            results?: components["schemas"]["HandleFailure"][];
        };
        /** @description Either the new handle, or what went wrong. */
        ExtendItem: {
            handle?: string;
            invisibleUntil?: components["schemas"]["Time"];
            status?: number;
            problem?: components["schemas"]["Problem"];
        };
        ExtendResult: {
            /** @description In the order of the request. */
            items: components["schemas"]["ExtendItem"][];
        };
        /** @description A time, `earliest` or `latest`; `latest` without it. */
        ReadFrom: string;
        ReadRequest: {
            /** @description Where the page before ended; excludes `from`. */
            cursor?: string;
            from?: components["schemas"]["ReadFrom"];
            /** @default 32 */
            max: number;
            /** @description 0s to 20s; 0s without it. */
            wait?: components["schemas"]["Duration"];
            filter?: components["schemas"]["Filter"];
        };
        ReadMessage: components["schemas"]["Message"] & {
            cursor: string;
        };
        ReadPage: {
            messages: components["schemas"]["ReadMessage"][];
            cursor: string;
            caughtUp: boolean;
            waitedMs: components["schemas"]["Count"];
        };
        NewTopic: {
            name: string;
            type?: components["schemas"]["MessageType"];
            /** @default 4 */
            queues: number;
        };
        Topic: {
            name: string;
            /** @enum {string} */
            type: "normal" | "fifo" | "delay" | "transaction" | "mixed" | "unspecified";
            queues: {
                broker: string;
                queueId: components["schemas"]["Count"];
                readable: boolean;
                writable: boolean;
            }[];
        };
        TopicPage: {
            items: {
                name: string;
            }[];
            nextPageToken?: string;
        };
        CheckRequest: {
            /** @description 0s to 30s; 0s without it. */
            wait?: components["schemas"]["Duration"];
        };
        CheckResult: {
            checks: {
                transactionId: string;
                message: components["schemas"]["Message"];
            }[];
        };
        DeadLetterRequest: {
            items: {
                handle: string;
            }[];
        };
        DeadLetterResult: {
            deadLettered: components["schemas"]["Count"];
            results?: components["schemas"]["HandleFailure"][];
        };
        TicketRequest: {
            /**
             * Format: uri
             * @description Of the page that will use it, where the request comes from a program.
             */
            origin?: string;
        };
        Ticket: {
            ticket: string;
            expiresInMs: components["schemas"]["Count"];
        };
        AuditPage: {
            items: {
                sequence: components["schemas"]["Count"];
                at: components["schemas"]["Time"];
                subject: string;
                namespace: string;
                /** @description Address of the caller. */
                source: string;
                requestId: string;
                operation: string;
                target: {
                    [key: string]: string;
                };
                status: number;
                problem?: string;
            }[];
            nextPageToken?: string;
        };
        ApiKey: {
            id: string;
            /** @description Whose it is, for logs and the audit. */
            subject: string;
            namespace: string;
            namespaces?: string[];
            admin: boolean;
            /** @description Absent, it may use everything of its namespaces. */
            roles?: string[];
            expiresAt?: components["schemas"]["Time"];
            /** @description Addresses and ranges it may come from; absent, any. */
            sourceIps?: string[];
            /** @description Whether it has a secret that gRPC calls are signed with. */
            signing: boolean;
        };
        NewApiKey: {
            subject: string;
            namespace?: components["schemas"]["Namespace"];
            /** @description Those it may choose from, besides its own. */
            namespaces?: components["schemas"]["Namespace"][];
            /** @default false */
            admin: boolean;
            /** @description Of the roles in the keys file; absent, it may use everything of its namespaces. */
            roles?: string[];
            expiresAt?: components["schemas"]["Time"];
            sourceIps?: string[];
            /** @default false */
            signing: boolean;
        };
        MadeApiKey: components["schemas"]["ApiKey"] & {
            /** @description The key itself. */
            key: string;
            signingSecret?: string;
        };
        ApiKeyPage: {
            items: components["schemas"]["ApiKey"][];
            nextPageToken?: string;
        };
        Namespace: string;
        Username: string;
        /**
         * @description A super user may do everything.
         * @enum {string}
         */
        UserType: "Normal" | "Super";
        /** @enum {string} */
        UserStatus: "enable" | "disable";
        Password: string;
        User: {
            username: string;
            /** @description What each broker has of it. */
            at: {
                broker: string;
                userType: components["schemas"]["UserType"];
                userStatus: components["schemas"]["UserStatus"];
            }[];
        };
        UserPage: {
            items: components["schemas"]["User"][];
            nextPageToken?: string;
        };
        NewUser: {
            username: components["schemas"]["Username"];
            password: components["schemas"]["Password"];
            userType?: components["schemas"]["UserType"];
            userStatus?: components["schemas"]["UserStatus"];
        };
        UserChange: {
            password?: components["schemas"]["Password"];
            userType?: components["schemas"]["UserType"];
            userStatus?: components["schemas"]["UserStatus"];
        };
        /**
         * @description Custom ones come first.
         * @enum {string}
         */
        PolicyType: "Custom" | "Default";
        Policy: {
            policyType: components["schemas"]["PolicyType"];
            /** @description `Topic:name`, `Topic:pre*`, `Group:name`, `Cluster:*`, or `*`. */
            resource: string;
            actions: ("All" | "Pub" | "Sub" | "Create" | "Update" | "Delete" | "Get" | "List")[];
            /** @description Addresses and ranges it is bound to; absent, none. */
            sourceIps?: string[];
            /** @enum {string} */
            decision: "Allow" | "Deny";
        };
        NewPolicy: {
            policyType?: components["schemas"]["PolicyType"];
            /** @description `Topic:name`, `Topic:pre*`, `Group:name`, `Cluster:*`, or `*`. */
            resource: string;
            actions: ("All" | "Pub" | "Sub" | "Create" | "Update" | "Delete" | "Get" | "List")[];
            /** @description Addresses and ranges it is bound to; absent, none. */
            sourceIps?: string[];
            /** @enum {string} */
            decision: "Allow" | "Deny";
        };
        Acl: {
            username: string;
            /** @description What each broker has of the user. */
            at: {
                broker: string;
                policies: components["schemas"]["Policy"][];
            }[];
        };
        AclPage: {
            items: components["schemas"]["Acl"][];
            nextPageToken?: string;
        };
        NewAcl: {
            username: components["schemas"]["Username"];
            policies: components["schemas"]["NewPolicy"][];
        };
        TopicChange: {
            queues: number;
        };
        QueueList: {
            items: {
                broker: string;
                queueId: components["schemas"]["Count"];
                minOffset: components["schemas"]["Offset"];
                maxOffset: components["schemas"]["Offset"];
                lastStoredAt?: components["schemas"]["Time"];
            }[];
        };
        QueuePage: {
            messages: components["schemas"]["Message"][];
            nextOffset: components["schemas"]["Offset"];
            minOffset: components["schemas"]["Offset"];
            maxOffset: components["schemas"]["Offset"];
        };
        SearchPage: {
            items: components["schemas"]["Message"][];
            scanned: components["schemas"]["Count"];
            complete: boolean;
            nextPageToken?: string;
        };
        /** @description Of CloudEvents 1.0. Attributes may be added; data is required here. */
        CloudEvent: {
            /** @constant */
            specversion: "1.0";
            id: string;
            source: string;
            type: string;
            subject?: string;
            /** Format: date-time */
            time?: string;
            datacontenttype?: string;
            /** @description The ordering key. */
            partitionkey?: string;
            data?: unknown;
            data_base64?: string;
        };
        Group: {
            name: string;
            fifo: boolean;
            maxAttempts: number;
            consumeTimeoutMs: components["schemas"]["Count"];
            retry: {
                /** @enum {string} */
                type: "customized" | "exponential";
                delaysMs?: components["schemas"]["Count"][];
                initialMs?: components["schemas"]["Count"];
                maxMs?: components["schemas"]["Count"];
                multiplier?: number;
            };
        };
        Lag: {
            total: components["schemas"]["Count"];
            items: {
                topic: string;
                broker: string;
                queueId: components["schemas"]["Count"];
                maxOffset: components["schemas"]["Offset"];
                /** @description -1: the group has not begun. */
                committedOffset: string;
                lag: components["schemas"]["Count"];
                inFlight: components["schemas"]["Count"];
                lastConsumedAt?: components["schemas"]["Time"];
            }[];
        };
        InFlight: {
            total: components["schemas"]["Count"];
            items: {
                topic: string;
                broker: string;
                queueId: components["schemas"]["Count"];
                inFlight: components["schemas"]["Count"];
            }[];
        };
        ClientList: {
            items: {
                clientId: string;
                /** @description For administrators. */
                address?: string;
                language: string;
                version: number;
            }[];
        };
        SeekRequest: {
            /** @enum {string} */
            to: "earliest" | "latest" | "timestamp" | "offsets";
            /** Format: date-time */
            timestamp?: string;
            offsets?: {
                broker: string;
                queueId: number;
                offset: string;
            }[];
            /** @default false */
            dryRun: boolean;
        };
        SeekResult: {
            dryRun: boolean;
            items: {
                broker: string;
                queueId: components["schemas"]["Count"];
                /** @description Absent when the group has not begun. */
                from?: string;
                to: components["schemas"]["Offset"];
            }[];
        };
        LetterPage: {
            items: components["schemas"]["Message"][];
            nextPageToken?: string;
        };
        ResendRequest: {
            items: {
                broker: string;
                queueId: number;
                queueOffset: string;
            }[];
        };
        ResendResult: {
            resent: components["schemas"]["Count"];
            results?: components["schemas"]["HandleFailure"][];
        };
        PurgeRequest: {
            /** @description The name of the group. */
            confirm: string;
        };
        PurgeResult: {
            purged: components["schemas"]["Count"];
        };
        ClusterView: {
            clusters: {
                name: string;
                brokers: string[];
            }[];
        };
        BrokerList: {
            items: {
                name: string;
                cluster: string;
                reachable: boolean;
                addresses: {
                    brokerId: components["schemas"]["Count"];
                    address: string;
                }[];
                figures?: {
                    [key: string]: string;
                };
            }[];
        };
        ReplicaList: {
            /** @description Replicas in sync, the master included. Absent when no master answers. */
            inSyncCount?: components["schemas"]["Count"];
            items: {
                brokerId: components["schemas"]["Count"];
                address: string;
                reachable: boolean;
                /** @enum {string} */
                role?: "master" | "slave";
                /** @description A slave that is connected to a master. */
                following: boolean;
                /** @description Where its log ends, bytes. */
                maxPosition?: components["schemas"]["Offset"];
                /**
                 * @description What the master's log has and this replica has not acknowledged. Absent when no
                 *     master answers.
                 */
                gapBytes?: components["schemas"]["Count"];
                /**
                 * @description With a controller, whether it is in the in-sync set; else whether it follows and
                 *     is not too far behind. Absent where nobody says, as of Apache's slaves.
                 */
                inSync?: boolean;
            }[];
        };
        BrokerConfig: {
            settings: {
                [key: string]: string;
            };
        };
        Problem: {
            /** @description `/problems/{name}` */
            type: string;
            title: string;
            status: number;
            detail?: string;
            /** @description `urn:request:{id}` */
            instance?: string;
            /** @description The code of the gRPC API. */
            code: number;
            /** @description Whether the same request may succeed later without being changed. */
            retryable: boolean;
            retryAfterMs?: components["schemas"]["Count"];
            /** @enum {string} */
            outcome?: "not-stored" | "unknown";
            broker?: string;
            errors?: {
                pointer: string;
                detail: string;
            }[];
        };
    };
    responses: {
        /** @description What went wrong; see `/problems/{name}`. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        Topic: string;
        Group: string;
        /** @description Of the send or of a question. */
        Transaction: string;
        Broker: string;
        PageSize: number;
        /** @description The `nextPageToken` of the page before. */
        PageToken: string;
        Username: components["schemas"]["Username"];
        /** @description Only names that contain this text. */
        UsernamePart: string;
        /** @description The `ETag` of what the caller has seen, or `*`. */
        IfMatch: string;
        /**
         * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
         *     unless `base64` is asked for.
         */
        BodyAs: "auto" | "base64";
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listTopics: {
        parameters: {
            query?: {
                pageSize?: components["parameters"]["PageSize"];
                /** @description The `nextPageToken` of the page before. */
                pageToken?: components["parameters"]["PageToken"];
                /** @description Only names that contain this text. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of topics. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createTopic: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "orders",
                 *       "type": "normal",
                 *       "queues": 4
                 *     }
                 */
                "application/json": components["schemas"]["NewTopic"];
            };
        };
        responses: {
            /** @description It can be used from now on. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Topic"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getTopic: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The topic. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Topic"];
                };
            };
            /** @description It is as the caller knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteTopic: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its messages cannot be read any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    changeTopic: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TopicChange"];
            };
        };
        responses: {
            /** @description The topic as it is now. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Topic"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listQueues: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The queues. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    browseQueue: {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
                broker: components["parameters"]["Broker"];
                queueId: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Messages from the offset on. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    searchMessages: {
        parameters: {
            query?: {
                /** @description A key of the message; found through the brokers' index. */
                key?: string;
                tag?: string;
                /** @description Of the store time; without it an hour before `to`, with a key the beginning. */
                from?: string;
                to?: string;
                pageSize?: number;
                pageToken?: string;
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found, and how much was looked at. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                "Mq-Tag"?: string;
                /** @description Search keys, separated by spaces. */
                "Mq-Keys"?: string;
                /** @description Messages of one key stay in order. */
                "Mq-Ordering-Key"?: string;
                /** @description Delivered after this time; excludes `Mq-Deliver-At`. */
                "Mq-Delay"?: components["schemas"]["Duration"];
                /** @description RFC 3339, as `2026-11-23T17:00:00Z`. */
                "Mq-Deliver-At"?: string;
                /** @description What the message is meant to be; refused if it is not. */
                "Mq-Type"?: components["schemas"]["MessageType"];
                "Mq-Producer-Group"?: string;
                /** @description Fail with `not-durable` rather than answer before a slave has the message. */
                "Mq-Require"?: "replicated";
                /**
                 * @description A send that is repeated with the key within 10 minutes is stored once; the repeat is
                 *     answered 200, with what the first was answered. Another body under the key is refused.
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description A property, its value percent-encoded. Header names have no case: the property's
                 *     name is lower case. An envelope can name properties with capitals.
                 */
                "Mq-Property-*"?: string;
                traceparent?: string;
                tracestate?: string;
            };
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": string;
                "application/vnd.rocketway.message+json": components["schemas"]["Envelope"];
                "application/cloudevents+json": components["schemas"]["CloudEvent"];
            };
        };
        responses: {
            /** @description An earlier send with this idempotency key stored it. */
            200: {
                headers: {
                    Location?: string;
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            /** @description Stored. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getMessage: {
        parameters: {
            query?: {
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                    "application/cloudevents+json": components["schemas"]["CloudEvent"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    requestReply: {
        parameters: {
            query?: {
                /** @description 1ms to 60s; 5s without it. */
                timeout?: components["schemas"]["Duration"];
            };
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": string;
            };
        };
        responses: {
            /** @description The reply as it was sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    sendReply: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `replyHandle` of a received message. */
                handle: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": string;
            };
        };
        responses: {
            /** @description It was handed over. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    commitTransaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the send or of a question. */
                transactionId: components["parameters"]["Transaction"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is stored that the message is delivered. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    rollbackTransaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the send or of a question. */
                transactionId: components["parameters"]["Transaction"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is stored that the message is not delivered. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    receiveChecks: {
        parameters: {
            query?: {
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckRequest"];
            };
        };
        responses: {
            /** @description Questions, none when none came within the wait. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    recallMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
                /** @description The `recallHandle` of the send. */
                handle: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message will not be delivered unless it was already. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recalled"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    sendBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Batch"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description All are stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResult"];
                    "application/x-ndjson": string;
                };
            };
            /** @description Some are stored. */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResult"];
                };
            };
            /** @description None is stored. The problem is the first message's. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "earliest",
                 *       "max": 100,
                 *       "wait": "10s"
                 *     }
                 */
                "application/json": components["schemas"]["ReadRequest"];
            };
        };
        responses: {
            /** @description A page, empty when nothing came within the wait. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    streamMessages: {
        parameters: {
            query?: {
                /** @description Where to begin without a cursor. */
                from?: components["schemas"]["ReadFrom"];
                cursor?: string;
                /** @description A tag expression, as `paid || refund`. */
                tag?: string;
                /** @description An SQL92 expression over properties; excludes `tag`. */
                sql?: string;
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: {
                "Last-Event-ID"?: string;
            };
            path: {
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                    "application/x-ndjson": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    streamGroup: {
        parameters: {
            query?: {
                /** @description 10s to 12h; 60s without it. */
                invisible?: components["schemas"]["Duration"];
                ack?: "manual" | "auto";
                /** @description Where a group begins that has never received. */
                from?: "earliest" | "latest";
                tag?: string;
                sql?: string;
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                group: components["parameters"]["Group"];
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                    "application/x-ndjson": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    seekGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeekRequest"];
            };
        };
        responses: {
            /** @description Where it was and where it is, or would be. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeekResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listGroups: {
        parameters: {
            query?: {
                pageSize?: components["parameters"]["PageSize"];
                /** @description The `nextPageToken` of the page before. */
                pageToken?: components["parameters"]["PageToken"];
                /** @description Only names that contain this text. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of groups. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The group. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description It is as the caller knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    getLag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its queues. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lag"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getInFlight: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Queues with something in flight. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InFlight"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listClients: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The clients. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                pageSize?: number;
                pageToken?: string;
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of letters, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LetterPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    resendDeadLetters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResendRequest"];
            };
        };
        responses: {
            /** @description All were sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResendResult"];
                };
            };
            /** @description Some were sent. */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResendResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    purgeDeadLetters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurgeRequest"];
            };
        };
        responses: {
            /** @description They are gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PurgeResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getCluster: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The clusters. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClusterView"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listBrokers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The brokers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrokerList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listReplicas: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                broker: components["parameters"]["Broker"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replicas, in order of their ids. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplicaList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getBrokerConfig: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                broker: components["parameters"]["Broker"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings, secrets masked. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrokerConfig"];
                };
            };
            /** @description It is as the caller knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    changeBrokerConfig: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                broker: components["parameters"]["Broker"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: string | number | boolean;
                };
            };
        };
        responses: {
            /** @description The settings as they are now. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrokerConfig"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    receiveMessages: {
        parameters: {
            query?: {
                /**
                 * @description Bodies are `json` if they are JSON, `text` if they are text in UTF-8, else `base64`,
                 *     unless `base64` is asked for.
                 */
                bodyAs?: components["parameters"]["BodyAs"];
            };
            header?: never;
            path: {
                group: components["parameters"]["Group"];
                topic: components["parameters"]["Topic"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "max": 16,
                 *       "wait": "20s",
                 *       "invisible": "60s"
                 *     }
                 */
                "application/json": components["schemas"]["ReceiveRequest"];
            };
        };
        responses: {
            /** @description Messages, none when nothing came within the wait. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiveResult"];
                    "application/octet-stream": string;
                };
            };
            /** @description Nothing came within the wait (octet-stream only). */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    deadLetterMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeadLetterRequest"];
            };
        };
        responses: {
            /** @description All are dead letters. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterResult"];
                };
            };
            /** @description Some are. */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    ackMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AckRequest"];
            };
        };
        responses: {
            /** @description All are acknowledged. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AckResult"];
                };
            };
            /** @description Some are acknowledged. */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AckResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    nackMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NackRequest"];
            };
        };
        responses: {
            /** @description All are given back. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NackResult"];
                };
            };
            /** @description Some are given back. */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NackResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    extendMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group: components["parameters"]["Group"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtendRequest"];
            };
        };
        responses: {
            /** @description All are extended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtendResult"];
                };
            };
            /** @description Some are extended. */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtendResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TicketRequest"];
            };
        };
        responses: {
            /** @description The ticket. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                pageSize?: components["parameters"]["PageSize"];
                /** @description The `nextPageToken` of the page before. */
                pageToken?: components["parameters"]["PageToken"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                pageSize?: components["parameters"]["PageSize"];
                /** @description The `nextPageToken` of the page before. */
                pageToken?: components["parameters"]["PageToken"];
                /** @description Only ids that contain this text. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": "billing",
                 *       "namespace": "shop",
                 *       "roles": [
                 *         "reader"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeApiKey"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description It is as the caller knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It opens nothing on this node any more; on others that share the file after a reload. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                pageSize?: components["parameters"]["PageSize"];
                /** @description The `nextPageToken` of the page before. */
                pageToken?: components["parameters"]["PageToken"];
                /** @description Only names that contain this text. */
                q?: components["parameters"]["UsernamePart"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "alice",
                 *       "password": "secret-of-alice"
                 *     }
                 */
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description The user. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description It is as the caller knows it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can do nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "userStatus": "disable"
                 *     }
                 */
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description The user as it is now. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAcls: {
        parameters: {
            query?: {
                pageSize?: components["parameters"]["PageSize"];
                /** @description The `nextPageToken` of the page before. */
                pageToken?: components["parameters"]["PageToken"];
                /** @description Only names that contain this text. */
                q?: components["parameters"]["UsernamePart"];
                /** @description Only entries on resources that contain this text. */
                resource?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users that have policies. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AclPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    putAcl: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "alice",
                 *       "policies": [
                 *         {
                 *           "resource": "Topic:orders",
                 *           "actions": [
                 *             "Pub",
                 *             "Sub"
                 *           ],
                 *           "decision": "Allow"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewAcl"];
            };
        };
        responses: {
            /** @description All policies of the user as they are now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acl"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getAcl: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The policies. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acl"];
                };
            };
            /** @description They are as the caller knows them. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteAcl: {
        parameters: {
            query?: {
                /** @description Only what is said of this resource, as `Topic:orders`. */
                resource?: string;
                policyType?: components["schemas"]["PolicyType"];
            };
            header: {
                /** @description The `ETag` of what the caller has seen, or `*`. */
                "If-Match": components["parameters"]["IfMatch"];
            };
            path: {
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They allow and deny nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getAsyncApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description AsyncAPI 3. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getSchema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: "ws-v1" | "config-v1";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JSON Schema. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                    "application/schema+json": Record<string, never>;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
