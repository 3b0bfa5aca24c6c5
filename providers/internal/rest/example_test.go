package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hayon/hayon/providers/internal/rest"
)

func ExampleWithDeadline() {
	client := rest.NewClient(rest.Config{})
	ctx := rest.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://pds.example.org/", strings.NewReader("{}"))
	if err != nil {
		return
	}
	_, err = client.Do(req)
	e, _ := errors.AsType[*rest.Error](err)
	fmt.Println(e.Kind, e.Sent)
	// Output: deadline false
}
