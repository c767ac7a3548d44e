// Package lint holds the rules of the house as tests: who may import whom, and what no file may contain.
package lint
