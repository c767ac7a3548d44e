package seal

import (
	"context"
	"fmt"
)

// Source is where the root key comes from.
type Source interface {
	// Unlock returns the root key. Only if fresh is true, which says that nothing is sealed yet, it may make one.
	Unlock(ctx context.Context, fresh bool) (*Root, error)
}

// Unlock gets the root key from src and proves that it is the one that the data are sealed under.
//
// check is the value that the first Unlock returned, which the caller keeps with the data; nil says that there are no data yet.
// A key that did not make check is refused with ErrWrongKey.
func Unlock(ctx context.Context, src Source, check []byte) (*Root, []byte, error) {
	root, err := src.Unlock(ctx, check == nil)
	if err != nil {
		return nil, nil, fmt.Errorf("unlock the root key: %w", err)
	}
	if check == nil {
		check, err = root.Check()
	} else {
		err = root.Verify(check)
	}
	if err != nil {
		root.Wipe()
		return nil, nil, fmt.Errorf("unlock the root key: %w", err)
	}
	return root, check, nil
}
