package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed budget.json
var budgetFile []byte

// budget is what budget.json says.
type budget struct {
	// BinaryBytes is how large the stripped static binary for linux/amd64 may be. It stands about a
	// tenth above what the binary had when it was last looked at, so that a library which brings
	// half a megabyte along is noticed by whoever adds it.
	BinaryBytes int64    `json:"binary_bytes"`
	Targets     []target `json:"targets"`
}

// target is a figure with its bound: Max, or Min where more is better.
type target struct {
	Name   string   `json:"name"`
	What   string   `json:"what"`
	Unit   string   `json:"unit"`
	Max    *float64 `json:"max,omitempty"`
	Min    *float64 `json:"min,omitempty"`
	Source string   `json:"source"` // the promise, in words
}

// readBudget decodes budget.json strictly.
func readBudget(b []byte) (budget, error) {
	var bud budget
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&bud); err != nil {
		return budget{}, fmt.Errorf("budget.json: %w", err)
	}
	seen := map[string]bool{}
	for _, t := range bud.Targets {
		switch {
		case seen[t.Name]:
			return budget{}, fmt.Errorf("budget.json: %q stands there twice", t.Name)
		case (t.Max == nil) == (t.Min == nil):
			return budget{}, fmt.Errorf("budget.json: %q needs one bound, max or min", t.Name)
		case t.What == "" || t.Unit == "" || t.Source == "":
			return budget{}, fmt.Errorf("budget.json: %q lacks what, unit or source", t.Name)
		}
		seen[t.Name] = true
	}
	if bud.BinaryBytes <= 0 {
		return budget{}, fmt.Errorf("budget.json: binary_bytes is %d", bud.BinaryBytes)
	}
	return bud, nil
}

// find answers the target of a name.
func (b budget) find(name string) (target, bool) {
	for _, t := range b.Targets {
		if t.Name == name {
			return t, true
		}
	}
	return target{}, false
}

// met reports whether v is within the bound.
func (t target) met(v float64) bool {
	if t.Max != nil {
		return v <= *t.Max
	}
	return v >= *t.Min
}

// bound is the target as a table shows it.
func (t target) bound() string {
	if t.Max != nil {
		return "≤ " + number(*t.Max) + " " + t.Unit
	}
	return "≥ " + number(*t.Min) + " " + t.Unit
}
