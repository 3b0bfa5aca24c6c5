// Package providertest is the contract of every [hayon.Provider], as tests. An
// implementation gives a [Harness] and the suite never asks who it is: what it may expect
// follows from the description that the provider gives of itself and from its class.
//
//	func TestContract(t *testing.T) {
//		t.Parallel()
//		providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
//			fake, log := startFake(t), new(providertest.Log)
//			faults := providertest.FaultServer{Behind: fake.URL, Is: isCall, Refuse: refuse}
//			return &providertest.Fixture{
//				Provider:    mynet.New(mynet.Config{Logger: log.Logger()}),
//				Session:     sessionOn(fake.URL, "s3cret"),
//				SignedOut:   sessionOn(fake.URL, "revoked"),
//				Unreachable: sessionOn(nobody, "s3cret"),
//				Fault: func(t testing.TB, f providertest.Fault) (hayon.Session, func()) {
//					base, heal := faults.Start(t, f)
//					return sessionOn(base, "s3cret"), heal
//				},
//				Secrets: []string{"s3cret"},
//				Log:     log,
//				Posts:   fake.Posts,
//			}
//		}})
//	}
//
// A harness fills in what its platform has, and nothing else differs from one provider to the next:
//
//   - Posts tells what is out, with the alternative texts, languages and options that arrived, and of
//     a repost what it shows. Where Langs or Options of a [Post] are nil they are not looked at.
//   - Fault breaks one call. A [FaultServer] needs to know which requests are which [Call], and how
//     the platform words a refusal.
//   - Content says what of answers, quotes, polls, cards, pictures, facets and previews is looked at.
//   - OptionValues and WrongValues are for options of text that do not take every text.
//
// What the suite holds a provider to:
//
//   - the description is complete, and every limit says where and when it was read;
//   - NewIdem asks nobody and is different for every part of every target;
//   - Prepare publishes nothing and gives the same bytes for the same input;
//   - Publish with the same bytes twice makes one post where the class promises it, also at
//     the same moment, and none at all when its deadline has passed;
//   - Reconcile tells a post that is out from one that is not, as far as the class can know;
//   - where nothing left, because nobody was there, the call was not applied and the error is of the
//     host; a rate limit says how long to wait, in whichever form the platform said it;
//   - a refusal of the sign-in, of the content or by a rate limit proves that nothing is out; an error
//     of the server, an answer that nobody can read, a connection that ends and silence prove nothing,
//     whether the call was applied or not, and the call is not made twice: Reconcile then finds out;
//   - the parts of a thread answer each other, also after one that only its address is known of;
//   - the address of a post leads back to it, and nothing else leads anywhere; when credentials end is
//     known without asking anybody;
//   - content at a limit goes out whole and over it is refused, never shortened; what an option says
//     counts where the limit says so, and an address as much as the limit says;
//   - every value of an option that the description knows goes through and arrives, another is refused;
//   - alternative texts and languages arrive;
//   - what can be deleted is gone after Delete, which may be repeated; what can be edited says what it
//     was told, under the same id, and stays as it was where that is refused; what can be reposted is
//     reposted once, by its address or its id, and the repost is deleted without its post;
//   - an answer is one, in the conversation of what it answers, with the parts that follow it; a quote, a
//     poll and a link card arrive as they are, a poll, a title and tags over a limit are refused, and the
//     bytes of a picture are those that were given;
//   - a preview says the same every time, asks nobody without a session, and its facets are in order,
//     apart, whole, and those that go out;
//   - errors are [hayon.Error]s with a code of their own; neither they, with all their causes, nor
//     the log hold a secret, also where a page of the platform repeats the request.
//
// It is not a fake of a platform: how answers of a platform are decoded is tested beside the
// provider, against recorded answers.
package providertest
