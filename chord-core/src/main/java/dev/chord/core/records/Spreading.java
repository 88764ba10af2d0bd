package dev.chord.core.records;

import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Brings an owner's records to those that should hold them, and counts how many have them durably. Nobody
 * else counts: one who takes the arc over asks the holders, and would not hear of a copy elsewhere. Belongs
 * to one engine.
 */
final class Spreading {
    private final RecordEngine engine;
    private final Map<Peer, Long> silent = new HashMap<>(); // when each did not answer last

    Spreading(RecordEngine engine) {
        this.engine = engine;
    }

    /**
     * Who has the records now.
     *
     * @param wanted copies aimed at: the ring's replica count, or the number of processes if that is smaller
     * @param trouble why they may not last; empty: a write quorum has them
     * @param nowhere whether nobody can have them
     */
    record Copies(List<Peer> holders, int wanted, Optional<String> trouble, boolean nowhere) {
        boolean enough() {
            return trouble.isEmpty();
        }

        Write.Answer failure() {
            String why = trouble.orElseThrow();
            return nowhere ? new Write.Refused(why) : new Write.Unknown(why);
        }
    }

    /**
     * Stores records here and on the other holders of the member's arc.
     *
     * @param records under keys that the member owns, in one tenure; none: nothing is sent
     */
    void spread(NodeState owner, List<Record> records, Consumer<Copies> then) {
        if (records.isEmpty()) {
            then.accept(new Copies(List.of(), 0, Optional.empty(), true));
            return;
        }
        long epoch = 0;
        List<Peer> candidates = Tenures.holders(owner);
        if (engine.settings().agreement()) {
            Optional<Tenure> tenure =
                    engine.tenures().served(owner, records.get(0).key());
            if (tenure.isEmpty()) {
                String why = "this node does not speak for the key any more";
                then.accept(new Copies(List.of(), 0, Optional.of(why), true));
                return;
            }
            epoch = tenure.get().epoch();
            candidates = tenure.get().holders();
        }
        new Round(owner, records, candidates, epoch, then).start();
    }

    /** One set of records on its way. */
    private final class Round {
        private final NodeState owner;
        private final List<Record> records;
        private final List<Peer> candidates;
        private final long epoch;
        private final Consumer<Copies> then;
        private final List<Peer> have = new ArrayList<>();
        private final int needed;
        private boolean here;
        private boolean superseded;
        private boolean othersDone;
        private boolean hereDone;

        Round(NodeState owner, List<Record> records, List<Peer> candidates, long epoch, Consumer<Copies> then) {
            this.owner = owner;
            this.records = records;
            this.candidates = candidates;
            this.epoch = epoch;
            this.then = then;
            this.needed = Math.min(engine.settings().writeQuorum(), candidates.size());
        }

        void start() {
            // Every copy is waited for, but for those of holders that have just been waited for in vain.
            boolean late = candidates.stream().anyMatch(this::isSilent);
            long limit = engine.limits().call();
            Question.Replicate copy = new Question.Replicate(Optional.of(owner.self()), records, 0, epoch);
            QuorumWait.<Question.Kept>gather(
                    engine.host(),
                    candidates.subList(1, candidates.size()),
                    new QuorumWait.Wait(limit, late ? engine.limits().moment() : limit),
                    (peer, answer) -> engine.calls().one(peer, copy, limit, answer),
                    this::heard,
                    () -> {
                        othersDone = true;
                        endIfOver();
                    });
            engine.keep(records, epoch, kept -> {
                hereDone = true;
                here = kept.filter(k -> k == Question.Kept.KEPT).isPresent();
                superseded |= kept.filter(k -> k != Question.Kept.KEPT).isPresent();
                endIfOver();
            });
        }

        private boolean heard(Peer peer, Optional<Question.Kept> kept) {
            if (kept.isPresent()) {
                silent.remove(peer);
            } else {
                silent.put(peer, engine.host().now());
            }
            if (kept.filter(k -> k != Question.Kept.KEPT).isPresent() && !superseded) {
                // Somebody took this arc, believing this node dead: its writes count from now on, not ours.
                superseded = true;
                engine.host().command(owner.self().id(), new Command.Renounce(), done -> {});
            }
            kept.filter(k -> k == Question.Kept.KEPT).ifPresent(k -> have.add(peer));
            return superseded || have.size() + 1 >= needed;
        }

        private boolean isSilent(Peer peer) {
            Long since = silent.get(peer);
            return since != null
                    && engine.host().now() - since < engine.limits().silent();
        }

        // The disk here is waited for without a limit: the number that was given must not be given again
        // before it is known what became of it.
        private void endIfOver() {
            if (!othersDone || !hereDone) {
                return;
            }
            List<Peer> holders = new ArrayList<>();
            if (here) {
                holders.add(owner.self());
            }
            holders.addAll(have);
            then.accept(new Copies(List.copyOf(holders), candidates.size(), trouble(holders.size()), false));
        }

        // Some may have it nevertheless, and hand it out to whoever came after.
        private Optional<String> trouble(int copies) {
            if (superseded) {
                return Optional.of("this node has been superseded as owner of the key; the write may or may not last");
            }
            if (!here) {
                return Optional.of("this node's disk has not taken the write; it may or may not last");
            }
            return copies >= needed
                    ? Optional.empty()
                    : Optional.of("only " + copies + " of " + needed
                            + " copies could be stored; the write may or may not last");
        }
    }
}
