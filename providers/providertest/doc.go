// Package providertest is the contract of every [hayon.Provider], as tests. An
// implementation gives a [Harness] and the suite never asks who it is: what it may expect
// follows from the description that the provider gives of itself and from its class.
//
//	func TestContract(t *testing.T) {
//		t.Parallel()
//		providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
//			fake := startFake(t)
//			return &providertest.Fixture{
//				Provider: mynet.New(mynet.Config{HTTP: fake.Client()}),
//				Session:  providertest.NewSession(account, hayon.NewSecret([]byte("s3cret"))),
//				Secrets:  []string{"s3cret"},
//				Posts:    fake.Posts,
//			}
//		}})
//	}
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
//   - the parts of a thread answer each other, also after one that only its address is known of;
//   - the address of a post leads back to it, and nothing else leads anywhere; when credentials end is
//     known without asking anybody;
//   - content at a limit goes out whole and over it is refused, never shortened;
//   - errors are [hayon.Error]s with a code of their own and hold no secret.
//
// It is not a fake of a platform: how answers of a platform are decoded is tested beside the
// provider, against recorded answers.
package providertest
