package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
)

// topologyOptions are the flags of hayon broker topology and the commands below it.
type topologyOptions struct {
	app        *app
	broker     string
	prefix     string
	management string
	dry        bool
}

// brokerFlags are those that name a broker.
func (o *topologyOptions) brokerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.broker, "broker", "", "the RabbitMQ, as amqp://USER@HOST:PORT/VHOST (default: HAYON_BROKER, or broker.url of the configuration)")
	f.StringVar(&o.prefix, "prefix", "", "what stands before each name (default: broker.prefix of the configuration)")
	f.StringVar(&o.management, "management", "", "its management interface, as http://HOST:15672, to see the bindings")
}

// The topology as --json shows it.
type (
	topologyView struct {
		Exchanges []exchangeView `json:"exchanges"`
		Queues    []queueView    `json:"queues"`
		Bindings  []bindingView  `json:"bindings"`
	}
	exchangeView struct {
		Name      string         `json:"name"`
		Kind      string         `json:"kind"`
		Arguments map[string]any `json:"arguments,omitempty"`
		// Optional: only where the broker knows the kind.
		Optional bool `json:"optional,omitempty"`
	}
	queueView struct {
		Name      string         `json:"name"`
		Arguments map[string]any `json:"arguments,omitempty"`
	}
	bindingView struct {
		Exchange string `json:"exchange"`
		Key      string `json:"key"`
		Queue    string `json:"queue"`
	}
)

func topologyFields() []string {
	return []string{
		"exchanges", "exchanges.name", "exchanges.kind", "exchanges.arguments", "exchanges.optional",
		"queues", "queues.name", "queues.arguments", "bindings", "bindings.exchange", "bindings.key", "bindings.queue",
	}
}

func viewOfTopology(t hayon.Topology) topologyView {
	var v topologyView
	for _, e := range t.Exchanges {
		v.Exchanges = append(v.Exchanges, exchangeView(e))
	}
	for _, q := range t.Queues {
		v.Queues = append(v.Queues, queueView(q))
	}
	for _, b := range t.Bindings {
		v.Bindings = append(v.Bindings, bindingView(b))
	}
	return v
}

// topology is what a broker has to have for the platforms of the profile. The prefix is that of the
// broker's configuration.
func (a *app) topology() hayon.Topology { return hayon.NewTopology(platformNames(a.platforms())) }

// configuration is the broker that flags, environment and configuration name.
func (o *topologyOptions) configuration() (url string, cfg queue.Config, err error) {
	if url, cfg, err = o.app.brokerConfig(o.broker); err != nil {
		return url, cfg, err
	}
	cfg.Prefix, cfg.Management = cmp.Or(o.prefix, cfg.Prefix), o.management
	if o.app.onCommandLine("management") && hasPassword(o.management) {
		o.app.warn("the password in --management can be seen by every user of this machine; leave out user and password where the broker's own user may look")
	}
	return url, cfg, queue.CheckPrefix(cfg.Prefix)
}

// show prints the topology.
func (o *topologyOptions) show() error {
	a := o.app
	if err := a.checkFields(topologyFields()); err != nil {
		return err
	}
	_, cfg, err := o.configuration()
	if err != nil {
		return err
	}
	v := viewOfTopology(a.topology().WithPrefix(cfg.Prefix))
	switch {
	case a.flags.json.on:
		return a.printJSON(v, topologyFields())
	case a.flags.quiet:
		for _, e := range v.Exchanges {
			a.print("%s", e.Name)
		}
		for _, q := range v.Queues {
			a.print("%s", q.Name)
		}
		return a.written()
	}
	a.printTopology(v)
	return a.written()
}

// printTopology prints three tables. In a pipe each row says what it is about, in the place of a head.
func (a *app) printTopology(v topologyView) {
	var exchanges, queues, bindings [][]string
	for _, e := range v.Exchanges {
		need := "always"
		if e.Optional {
			need = "optional" // where the broker knows the kind
		}
		exchanges = append(exchanges, []string{e.Name, e.Kind, need, strings.Join(argumentList(e.Arguments), " ")})
	}
	for _, q := range v.Queues {
		queues = append(queues, []string{q.Name, strings.Join(argumentList(q.Arguments), " ")})
	}
	for _, b := range v.Bindings {
		bindings = append(bindings, []string{b.Exchange, b.Key, b.Queue})
	}
	a.objectTable("exchange", []column{{title: "EXCHANGE"}, {title: "KIND"}, {title: "NEEDED", drop: 1}, {title: "ARGUMENTS", flexible: true}}, exchanges)
	a.objectTable("queue", []column{{title: "QUEUE"}, {title: "ARGUMENTS", flexible: true}}, a.broken(queues))
	a.objectTable("binding", []column{{title: "FROM", drop: 1}, {title: "ROUTING KEY", flexible: true}, {title: "TO", drop: 2}}, bindings)
}

// broken gives each word in the last column of rows a row of its own, on a terminal that is wide enough
// for it.
func (a *app) broken(rows [][]string) [][]string {
	var out [][]string
	width, longest := 0, 0
	for _, r := range rows {
		width = max(width, cells(r[0]))
		for i, word := range strings.Fields(r[1]) {
			longest = max(longest, cells(word))
			name := ""
			if i == 0 {
				name = r[0]
			}
			out = append(out, []string{name, word})
		}
	}
	if most := a.columns(); !a.io.outTTY || most > 0 && width+2+longest > most {
		return rows
	}
	return out
}

func argumentList(arguments map[string]any) []string {
	var out []string
	for name, value := range arguments {
		out = append(out, fmt.Sprintf("%s=%v", name, value))
	}
	slices.Sort(out)
	return out
}

// objectTable prints a table of objects of one kind.
func (a *app) objectTable(object string, columns []column, rows [][]string) {
	if a.io.outTTY {
		a.table(columns, rows)
		if object != "binding" {
			a.print("")
		}
		return
	}
	for i := range rows {
		rows[i] = append([]string{object}, rows[i]...)
	}
	a.table(append([]column{{title: "OBJECT"}}, columns...), rows)
}

// checkWait bounds a look at a broker, and declareWait what is made there.
const (
	checkWait   = 30 * time.Second
	declareWait = 30 * time.Second
)

func objectFields() []string {
	return []string{"object", "name", "state", "argument", "have", "want", "detail", "hint"}
}

// find compares the broker with the topology.
func (o *topologyOptions) find(ctx context.Context, url string, cfg queue.Config) ([]hayon.Finding, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, checkWait, hayon.Errorf(hayon.CodeUnavailable,
		"the broker did not answer within %s", checkWait).WithHint("see whether it runs, and whether the address is right"))
	defer cancel()
	return queue.Check(ctx, url, cfg, o.app.topology())
}

// examine finds the broker that is meant, and compares it with the topology.
func (o *topologyOptions) examine(ctx context.Context) (url string, cfg queue.Config, found []hayon.Finding, err error) {
	if err = o.app.checkFields(objectFields()); err != nil {
		return "", cfg, nil, err
	}
	if url, cfg, err = o.configuration(); err != nil {
		return "", cfg, nil, err
	}
	found, err = o.find(ctx, url, cfg)
	return url, cfg, found, err
}

// check prints how each object is on the broker.
func (o *topologyOptions) check(ctx context.Context) error {
	a := o.app
	_, _, found, err := o.examine(ctx)
	if err != nil {
		return err
	}
	if err := a.printObjects(found); err != nil {
		return err
	}
	n := countObjects(found)
	wrong := n[hayon.FindingMissing] + n[hayon.FindingDiffers] + n[hayon.FindingForbidden]
	if wrong == 0 {
		words := "All is as it has to be."
		if n[hayon.FindingUnknown] > 0 {
			words = "All that can be seen is as it has to be; " + count(n[hayon.FindingUnknown], "object is", "objects are") + " not known."
		}
		a.say("%s", words)
		return nil
	}
	a.say("%s", objectsWords(n))
	return exitError{hayon.CodeConflict.Exit()}
}

func countObjects(found []hayon.Finding) map[hayon.FindingState]int {
	n := make(map[hayon.FindingState]int)
	for _, f := range found {
		n[f.State]++
	}
	return n
}

// objectsWords say how many objects are not as they have to be.
func objectsWords(n map[hayon.FindingState]int) string {
	var out []string
	for _, s := range []struct {
		state hayon.FindingState
		words string
	}{
		{hayon.FindingMissing, "missing"},
		{hayon.FindingDiffers, "of another form"},
		{hayon.FindingForbidden, "not to be looked at"},
		{hayon.FindingUnknown, "not known"},
		{hayon.FindingOK, "as it has to be"},
	} {
		if n[s.state] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s.state], s.words))
		}
	}
	return strings.Join(out, ", ") + "."
}

// printObjects prints how objects are. On a terminal what is wrong is told below the table, where there
// is room for it.
func (a *app) printObjects(found []hayon.Finding) error {
	switch {
	case a.flags.json.on:
		if found == nil {
			found = []hayon.Finding{} // an empty list is [], never null
		}
		return a.printJSON(found, objectFields())
	case a.flags.quiet:
		for _, f := range found {
			a.print("%s", f.Name)
		}
		return a.written()
	}
	if len(found) == 0 {
		return nil
	}
	person := a.forPerson()
	columns := []column{
		{title: "STATE", colour: func(i int) string { return objectColour(found[i].State) }}, {title: "OBJECT"}, {title: "NAME", flexible: true},
	}
	if !person {
		columns = append(columns, column{title: "ARGUMENT"}, column{title: "HAVE"}, column{title: "WANT"}, column{title: "DETAIL"}, column{title: "HINT"})
	}
	rows := make([][]string, len(found))
	for i, f := range found {
		rows[i] = []string{string(f.State), f.Object, f.Name, f.Argument, f.Have, f.Want, f.Detail, f.Hint}[:len(columns)]
	}
	a.table(columns, rows)
	if person {
		a.explainObjects(found)
	}
	return a.written()
}

// explainObjects says of each object that is not as it has to be why, and what to do; what holds for
// several is said once.
func (a *app) explainObjects(found []hayon.Finding) {
	said := make(map[string]bool)
	once := func(column int, line string) {
		if line = inert(line); !said[line] {
			said[line] = true
			a.printHanging(column, line)
		}
	}
	for _, f := range found {
		what := f.Object + " " + f.Name
		if f.State == hayon.FindingUnknown || f.State == hayon.FindingAbsent {
			what = string(f.State) // it is the same for all of them
		}
		switch {
		case f.Argument != "":
			once(0, fmt.Sprintf("%s: %s is %s, and has to be %s.", what, f.Argument, cmp.Or(f.Have, "not set"), cmp.Or(f.Want, "not set")))
		case f.Detail != "":
			once(0, what+": "+clause(f.Detail)+".")
		}
		if f.Hint != "" {
			once(4, "  → "+f.Hint)
		}
	}
}

func objectColour(s hayon.FindingState) string {
	switch s {
	case hayon.FindingOK:
		return colourGood
	case hayon.FindingDiffers, hayon.FindingForbidden:
		return colourBad
	case hayon.FindingMissing:
		return colourWarn
	case hayon.FindingUnknown, hayon.FindingAbsent:
	}
	return colourDim
}

// declare makes what is missing, and prints it.
func (o *topologyOptions) declare(ctx context.Context) error {
	a := o.app
	url, cfg, before, err := o.examine(ctx)
	if err != nil {
		return err
	}
	if o.dry {
		return o.wouldMake(before)
	}
	address, err := o.make(ctx, url, cfg)
	if err != nil {
		return err
	}
	after, err := o.find(ctx, url, cfg)
	if err != nil {
		return err
	}
	made := madeBetween(before, after)
	if len(made) == 0 {
		a.say("Nothing was missing on %s%s.", address, unseen(before))
	} else {
		a.say("Made %s on %s%s:", count(len(made), "object"), address, unseen(before))
	}
	if err := a.printObjects(made); err != nil {
		return err
	}
	if n := countObjects(after)[hayon.FindingMissing]; n > 0 {
		return hayon.Errorf(hayon.CodeConflict, "%s still missing: somebody deletes what is made, or makes it on another broker", count(n, "object is", "objects are")).
			WithHint("see which: hayon broker topology check")
	}
	return nil
}

// unseen says what is known of objects that nobody could look at: who may make them has made every
// binding.
func unseen(before []hayon.Finding) string {
	switch n := countObjects(before); {
	case n[hayon.FindingForbidden] > 0:
		return ", as far as its user may see"
	case n[hayon.FindingUnknown] > 0:
		return ", where every binding is now"
	}
	return ""
}

// madeBetween are the objects that were missing and are not any more, as they are now.
func madeBetween(before, after []hayon.Finding) []hayon.Finding {
	var made []hayon.Finding
	for _, f := range after {
		was := slices.IndexFunc(before, func(b hayon.Finding) bool { return b.Object == f.Object && b.Name == f.Name })
		if f.State == hayon.FindingOK && was >= 0 && before[was].State == hayon.FindingMissing {
			made = append(made, f)
		}
	}
	return made
}

// wouldMake prints what declare finds, for --dry-run.
func (o *topologyOptions) wouldMake(found []hayon.Finding) error {
	a := o.app
	if err := a.printObjects(found); err != nil {
		return err
	}
	n := countObjects(found)
	if n[hayon.FindingMissing] == 0 {
		a.say("Nothing was made, and nothing that can be seen is missing.")
	} else {
		a.say("Nothing was made. %s would be.", count(n[hayon.FindingMissing], "object"))
	}
	if n[hayon.FindingDiffers]+n[hayon.FindingForbidden] > 0 {
		a.say("%s", objectsWords(n))
		return exitError{hayon.CodeConflict.Exit()}
	}
	return nil
}

// make declares the topology and answers the address of the broker. One that is out of reach is an
// error here: nobody waits for it.
func (o *topologyOptions) make(ctx context.Context, url string, cfg queue.Config) (address string, err error) {
	ctx, cancel := context.WithTimeout(ctx, declareWait)
	defer cancel()
	broker, err := queue.Open(ctx, url, cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, broker.Close()) }()
	err = broker.Declare(ctx, o.app.topology())
	st := broker.State()
	if err == nil && !st.Connected {
		err = hayon.Errorf(hayon.CodeUnavailable, "the broker at %s is out of reach: %s", st.Address, clause(cmp.Or(st.Error, "there is no connection"))).
			WithHint(cmp.Or(st.Hint, "see whether it runs, and whether the address is right"))
	}
	return st.Address, err
}
