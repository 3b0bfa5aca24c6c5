//go:build !failpoint || !unix

package main

import "github.com/hayon/hayon"

// A build without the tag failpoint stops nowhere.

func failingStore(s hayon.Store) hayon.Store { return s }

func failingBroker(b hayon.Broker) hayon.Broker { return b }

func failingProviders(p platformRegistry) platformRegistry { return p }
