package servers

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// The limits of [RabbitMQInstance.MemoryAlarm] and [RabbitMQInstance.DiskAlarm] while no alarm is wanted.
const (
	memoryLimit = "0.4"
	diskLimit   = "50MB"
)

// MemoryAlarm raises or clears the alarm of memory and returns when it shows: connections that publish are
// blocked while it is on. No memory is used up: the limit moves.
func (r *RabbitMQInstance) MemoryAlarm(t testing.TB, on bool) {
	t.Helper()
	limit := memoryLimit
	if on {
		limit = "0.00001"
	}
	r.alarm(t, "memory", on, "set_vm_memory_high_watermark", limit)
}

// DiskAlarm is [RabbitMQInstance.MemoryAlarm] for the disk.
func (r *RabbitMQInstance) DiskAlarm(t testing.TB, on bool) {
	t.Helper()
	command := []string{"set_disk_free_limit", diskLimit}
	if on {
		command = []string{"set_disk_free_limit", "mem_relative", "1000.0"}
	}
	r.alarm(t, "disk space", on, command...)
}

func (r *RabbitMQInstance) alarm(t testing.TB, resource string, on bool, command ...string) {
	t.Helper()
	r.mustOwn(t)
	r.Ctl(t, command...)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		alarms, err := r.alarms(t.Context())
		if err == nil && slices.Contains(alarms, resource) == on {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("alarms: got %q, %v, want %q on: %t", alarms, err, resource, on)
		case <-tick.C:
		}
	}
}

// alarms are the resources whose alarms are on: memory, disk space.
func (r *RabbitMQInstance) alarms(ctx context.Context) ([]string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Management()+"/api/health/checks/alarms", http.NoBody)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("guest", "guest")
	resp, err := httpClient().Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	var check struct {
		Alarms []struct {
			Resource string `json:"resource"`
		} `json:"alarms"`
	}
	if err := json.Unmarshal(b, &check); err != nil {
		return nil, err
	}
	on := make([]string, 0, len(check.Alarms))
	for _, alarm := range check.Alarms {
		on = append(on, alarm.Resource)
	}
	return on, nil
}
