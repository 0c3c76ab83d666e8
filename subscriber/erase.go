package subscriber

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sitrep/store"
)

// Forgettable lists, by their ids, those whose records have no use any more:
// who left, and who was asked and did not confirm within the time to.
func (r *Registry) Forgettable(now time.Time) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var ids []string
	for id, s := range r.byID {
		silent := s.Number == 0 && now.Sub(s.Asked) > ConfirmWithin
		left := !s.Left.IsZero() && now.Sub(s.Asked) > ConfirmWithin // else it may be confirming again
		if s.Address != "" && (silent || left) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Erase takes subscribers out of the log for good: what their records hold goes,
// and the hash chain still holds. The file is rewritten, which takes as long as
// copying it; copies made earlier keep what was erased. by is who did it, as an
// opaque id, and why says why, without a name or an address.
func (r *Registry) Erase(ctx context.Context, ids []string, by, why string) error {
	var seqs []uint64
	for _, id := range ids {
		for after := uint64(0); ; {
			rs, err := r.log.Read(ctx, Prefix+id, after, store.MaxRead)
			if err != nil {
				return fmt.Errorf("read what to erase: %w", err)
			}
			if len(rs) == 0 {
				break
			}
			for _, rec := range rs {
				if !rec.Redacted {
					seqs = append(seqs, rec.Seq)
				}
				after = rec.N
			}
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	data, err := json.Marshal(Erased{IDs: ids, Why: why})
	if err != nil {
		return fmt.Errorf("encode %s: %w", KindErased, err)
	}
	if err := r.log.Redact(ctx, seqs, store.Record{Stream: Erasures, Kind: KindErased, Actor: by, Data: data}); err != nil {
		return fmt.Errorf("erase subscribers: %w", err)
	}
	head, err := r.log.Head(ctx, Erasures)
	if err != nil {
		return err
	}
	if err := r.Await(ctx, head.Seq); err != nil {
		return err
	}
	seq, saved, err := r.Snapshot() // the kept one has the addresses still
	if err != nil {
		return err
	}
	if err := r.log.SetCursor(ctx, name, seq, saved); err != nil {
		return err
	}
	if err := r.log.Compact(ctx); err != nil {
		return fmt.Errorf("rewrite the file: %w", err)
	}
	return nil
}
