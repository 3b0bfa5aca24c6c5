package bluesky

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hayon/hayon"
)

// Delete removes the record of a post or of a repost, and what says who may answer and quote the post. One
// that is gone is removed by the server once more, which does no harm. Only the id names it: the address of
// a repost is that of what it shows.
func (p *Provider) Delete(ctx context.Context, s hayon.Session, r hayon.Remote) error {
	collection, rkey, ok := ownRecord(r.ID, s.Account().RemoteID)
	if !ok {
		return about(s.Account()).errorf(hayon.CodeInvalid, "%q is no post or repost of this account", clean(r.ID, 200))
	}
	all := []string{collection}
	if collection == postCollection { // first of all, so that it is never there without its gates
		all = append(all, threadgateCollection, postgateCollection)
	}
	for _, collection := range all {
		if err := p.deleteRecord(ctx, s, collection, rkey); err != nil {
			return err
		}
	}
	return nil
}

func (p *Provider) deleteRecord(ctx context.Context, s hayon.Session, collection, rkey string) error {
	body, err := json.Marshal(map[string]string{"repo": s.Account().RemoteID, "collection": collection, "rkey": rkey})
	if err != nil {
		return err
	}
	err = p.signed(ctx, s, func(cur *session) error {
		return p.do(ctx, call{
			host: cur.PDS, nsid: "com.atproto.repo.deleteRecord", token: cur.AccessJWT, body: body, contentType: jsonType, mayBeEmpty: true,
		}, &struct{}{})
	})
	if err != nil {
		return fault(err, about(s.Account()))
	}
	return nil
}

// ownRecord reads at://DID/COLLECTION/RKEY of a post or a repost in the repository of did.
func ownRecord(uri, did string) (collection, rkey string, ok bool) {
	path, ok := strings.CutPrefix(uri, "at://"+did+"/")
	collection, rkey, found := strings.Cut(path, "/")
	return collection, rkey, ok && found && did != "" && isRecordKey(rkey) &&
		(collection == postCollection || collection == repostCollection)
}
