package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
)

// byteSize is a flag's number of bytes, written as Kubernetes writes quantities: 512Mi, 8Gi, 1500000000.
type byteSize int64

func (b *byteSize) String() string {
	return resource.NewQuantity(int64(*b), resource.BinarySI).String()
}

// Set reads the flag.
func (b *byteSize) Set(s string) error {
	q, err := resource.ParseQuantity(s)
	n, exact := q.AsInt64()
	if err != nil || !exact || n <= 0 {
		return fmt.Errorf("want a number of bytes such as 512Mi or 8Gi")
	}
	*b = byteSize(n)
	return nil
}

// Type is the word that --help shows.
func (b *byteSize) Type() string { return "size" }
