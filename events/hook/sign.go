package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// secretPrefix tells what a secret is for whoever finds it.
const secretPrefix = "whsec_"

// Sign is the value of the header webhook-signature for a delivery. The secret is base64, with "whsec_"
// before it or without.
func Sign(secret hayon.Secret, id string, at time.Time, body []byte) (string, error) {
	key, err := signingKey(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(id + "." + unix(at) + "."))
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// signingKey reads a secret in the alphabet of base64 that it was written in.
func signingKey(secret hayon.Secret) ([]byte, error) {
	text := strings.TrimRight(strings.TrimPrefix(string(secret.Reveal()), secretPrefix), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(key) == 0 { // the error would quote the secret's bytes
		return nil, hayon.Errorf(hayon.CodeInvalid, "the secret of the webhook is no base64").
			WithHint("remove the webhook and add it again")
	}
	return key, nil
}
