package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
)

func ExampleNew() {
	var service hayon.Service = &stub{} // a scheduler
	srv, err := server.New(service, server.Config{Version: "1.0.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	// A plain request has no peer that the kernel knows, so it is nobody's.
	for _, path := range []string{"/healthz", "/api/v2/posts"} {
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 {"status":"ok","version":"1.0.0"}
	// 401 {"error":{"code":"unauthenticated","message":"nobody is signed in for this request","hint":"use the unix socket of the profile"}}
}
