package rabbitmq

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/hayon/hayon"
)

// hintFiles is for who names files that do not do.
const hintFiles = "mend the path in the URL of the broker, or the file"

// tlsConfig reads the files that the URL names; nil for a connection without TLS. The server's
// certificate is always checked.
func (at endpoint) tlsConfig() (*tls.Config, error) {
	if at.scheme != schemeTLS {
		return nil, nil //nolint:nilnil // no TLS is no error
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: at.serverName}
	if c.ServerName == "" {
		c.ServerName = at.host
	}
	if at.caFile != "" {
		pem, err := os.ReadFile(at.caFile)
		if err != nil {
			return nil, hayon.Errorf(hayon.CodeUsage, "the certificates of cacertfile cannot be read: %w", err).WithHint(hintFiles)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, hayon.Errorf(hayon.CodeUsage, "cacertfile %s holds no certificate in the form PEM", at.caFile).WithHint(hintFiles)
		}
	}
	if at.certFile != "" {
		pair, err := tls.LoadX509KeyPair(at.certFile, at.keyFile)
		if err != nil {
			return nil, hayon.Errorf(hayon.CodeUsage, "certificate and key of the client, certfile and keyfile, cannot be used: %w", err).WithHint(hintFiles)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
