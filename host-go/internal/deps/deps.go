// Package deps holds the test of the module's import graph; it has no code of its own.
package deps
