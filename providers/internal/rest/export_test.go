package rest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
)

// TrustForTest makes c's own transport trust a test server.
func TrustForTest(c *Client, cert *x509.Certificate) {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	c.http.Transport.(*transport).base.(*http.Transport).TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
}
