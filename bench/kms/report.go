package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// report is what a run measured.
type report struct {
	Connections int     `json:"connections"`
	Seconds     float64 `json:"secondsPerWindow"`
	Rounds      int     `json:"rounds"`
	Operations  []row   `json:"operations"`
}

// row compares one operation with the bare handler. Ceiling, Keyhold and Ratio are medians over the rounds, each number
// for itself; a ratio is Keyhold's over the ceiling's of the same round.
type row struct {
	Name         string  `json:"name"`
	RequestBytes int     `json:"requestBytes"` // on the wire, head and body, on average
	Ceiling      sample  `json:"ceiling"`
	Keyhold      sample  `json:"keyhold"`
	Ratio        sample  `json:"ratio"`
	Spread       float64 `json:"throughputRatioSpread"` // largest less smallest ratio of requests per second
}

func newRow(name string, requests []request, ceilings, ours []sample) row {
	bytes := 0
	for _, r := range requests {
		bytes += len(r.wire)
	}
	ratios := make([]sample, len(ours))
	perSecond := make([]float64, len(ours))
	for i, o := range ours {
		c := ceilings[i]
		ratios[i] = sample{o.PerSecond / c.PerSecond, o.P50 / c.P50, o.P99 / c.P99, o.CPU / c.CPU}
		perSecond[i] = ratios[i].PerSecond
	}
	return row{
		Name: name, RequestBytes: bytes / len(requests),
		Ceiling: medians(ceilings), Keyhold: medians(ours), Ratio: medians(ratios),
		Spread: slices.Max(perSecond) - slices.Min(perSecond),
	}
}

// medians takes the median of each number.
func medians(samples []sample) sample {
	of := func(number func(sample) float64) float64 {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = number(s)
		}
		return median(values)
	}
	return sample{
		PerSecond: of(func(s sample) float64 { return s.PerSecond }),
		P50:       of(func(s sample) float64 { return s.P50 }),
		P99:       of(func(s sample) float64 { return s.P99 }),
		CPU:       of(func(s sample) float64 { return s.CPU }),
	}
}

// median sorts values.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func (r report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format+"\t\n", args...) } // Flush reports the error
	line("\trequests/s\tp50 µs\tp99 µs\tserver CPU µs")
	for _, o := range r.Operations {
		line("bare handler, %s's requests\t%.0f\t%.0f\t%.0f\t%.1f", o.Name, o.Ceiling.PerSecond, o.Ceiling.P50, o.Ceiling.P99, o.Ceiling.CPU)
		line("Keyhold, %s\t%.0f\t%.0f\t%.0f\t%.1f", o.Name, o.Keyhold.PerSecond, o.Keyhold.P50, o.Keyhold.P99, o.Keyhold.CPU)
		line("ratio\t%.2f ± %.2f\t%.2f\t%.2f\t%.2f", o.Ratio.PerSecond, o.Spread/2, o.Ratio.P50, o.Ratio.P99, o.Ratio.CPU)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d connections, medians of %d rounds of %.3g s; requests of %d bytes on average\n",
		r.Connections, r.Rounds, r.Seconds, r.averageBytes())
	return err
}

func (r report) averageBytes() int {
	total := 0
	for _, o := range r.Operations {
		total += o.RequestBytes
	}
	return total / max(1, len(r.Operations))
}
