package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// TestBrokerConfig: a flag wins over the environment, which wins over the configuration.
func TestBrokerConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret, open := filepath.Join(dir, "secret"), filepath.Join(dir, "open")
	for path, mode := range map[string]os.FileMode{secret: 0o600, open: 0o644} {
		if err := os.WriteFile(path, []byte("from the file\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, flag string
		env        []string
		cfg        brokerConfig
		url        string
		password   string
		code       hayon.Code
	}{
		{name: "nothing", url: "local:"},
		{name: "configuration", cfg: brokerConfig{URL: "amqp://a@h/"}, url: "amqp://a@h/"},
		{name: "environment", env: []string{"HAYON_BROKER=amqp://b@h/"}, cfg: brokerConfig{URL: "amqp://a@h/"}, url: "amqp://b@h/"},
		{name: "flag", flag: "amqp://c@h/", env: []string{"HAYON_BROKER=amqp://b@h/"}, url: "amqp://c@h/"},
		{name: "password of the environment", flag: "amqp://c@h/", env: []string{"HAYON_BROKER_PASSWORD=of the variable"}, cfg: brokerConfig{PasswordFile: secret}, url: "amqp://c@h/", password: "of the variable"},
		{name: "password of a file", flag: "amqp://c@h/", cfg: brokerConfig{PasswordFile: secret}, url: "amqp://c@h/", password: "from the file"},
		{name: "password of the URL", flag: "amqp://c:own@h/", cfg: brokerConfig{PasswordFile: secret}, url: "amqp://c:own@h/"},
		{name: "file that others read", flag: "amqp://c@h/", cfg: brokerConfig{PasswordFile: open}, code: hayon.CodeLocal},
		{name: "no such file", flag: "amqp://c@h/", cfg: brokerConfig{PasswordFile: filepath.Join(dir, "none")}, code: hayon.CodeLocal},
		{name: "empty file", flag: "amqp://c@h/", cfg: brokerConfig{PasswordFile: empty}, code: hayon.CodeLocal},
		{name: "wrong scheme", flag: "redis://h/", code: hayon.CodeUsage},
		{name: "wrong delay", env: []string{"HAYON_BROKER_DELAY=never"}, code: hayon.CodeUsage},
		{name: "wrong prefix", env: []string{"HAYON_BROKER_PREFIX=a b"}, code: hayon.CodeUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && strings.Contains(tt.name, "others") {
				t.Skip("files have no such mode here")
			}
			a := newTestApp()
			a.getenv, a.cfg.Broker = env(tt.env...), tt.cfg
			url, cfg, err := a.brokerConfig(tt.flag)
			if hayon.CodeOf(err) != tt.code {
				t.Fatalf("got %v, want the code %q", err, tt.code)
			}
			if err != nil {
				return
			}
			if url != tt.url || string(cfg.Password.Reveal()) != tt.password {
				t.Errorf("got %s with the password %q, want %s with %q", url, cfg.Password.Reveal(), tt.url, tt.password)
			}
		})
	}
}

func TestHasPassword(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"local:": false, "amqp://h/": false, "amqp://u@h/": false, "amqp://guest:guest@h/": false,
		"amqp://u:p@h/": true, "amqp://u:@h/": true, "amqps://u:p%40@h/v": true, "://": false,
	} {
		if got := hasPassword(url); got != want {
			t.Errorf("hasPassword(%q) = %t, want %t", url, got, want)
		}
	}
}
