// Package queue opens brokers by URL. It is the one place that knows every implementation of
// [hayon.Broker]; everything else holds the interface.
//
//	broker, err := queue.Open(ctx, "local:", queue.Config{})
//	if err != nil {
//		return err
//	}
//	defer broker.Close()
//
// The URLs are:
//
//	local:    package local, in the memory of this process
//
// What a broker guarantees is written at [hayon.Broker], and package queuetest proves it of each
// implementation. A broker carries hints and decides nothing: what it loses, the store makes good.
package queue
