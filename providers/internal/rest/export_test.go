package rest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"testing"
)

// TrustForTest makes c's own transport trust a test server.
func TrustForTest(c *Client, cert *x509.Certificate) {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	c.http.Transport.(*transport).base.(*http.Transport).TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
}

// ProxyForTest sends what c asks through a proxy.
func ProxyForTest(t *testing.T, c *Client, proxy string) {
	t.Helper()
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	c.http.Transport.(*transport).base.(*http.Transport).Proxy = http.ProxyURL(u)
}
