package mesh_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mesh-why/mesh-why/pkg/mesh"
)

// Of a certificate the names are kept, and nothing else of the Secret: a host is compared with them as clients do.
func TestCertified(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shape := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com", "*.pages.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{Data: map[string][]byte{
		"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	}}
	for range 2 { // what was trimmed stays as it is
		mesh.Trim(secret)
		if got := string(secret.Data["tls.crt"]) + string(secret.Data["tls.key"]); got != mesh.CertifiedNames+"shop.example.com,*.pages.example.com" {
			t.Fatalf("kept %q", got)
		}
	}
	for host, want := range map[string]bool{"shop.example.com": true, "a.pages.example.com": true, "SHOP.example.com": true, "a.b.pages.example.com": false, "pages.example.com": false, "other.example.com": false} {
		is, known, names := mesh.Certified(secret, host)
		if is != want || !known || !slices.Equal(names, shape.DNSNames) {
			t.Errorf("%s: %v, known %v, names %v", host, is, known, names)
		}
	}
	names := &corev1.Secret{Data: map[string][]byte{"tls.crt": nil, "tls.key": nil}}
	if is, known, _ := mesh.Certified(mesh.Trim(names).(*corev1.Secret), "shop.example.com"); is || known {
		t.Error("of names of entries alone nothing is known")
	}
}
