package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Takes over arcs: copies the records of an arc from all who may have some, while everything goes on; then
 * asks each to give the arc up and takes what changed meanwhile. So nobody can write there for as long as the
 * few last changes take, not as long as the copy. Belongs to one engine.
 */
final class ArcTaking {
    private final RecordEngine engine;
    private final Map<Identifier, Pulled> pulled = new HashMap<>(); // by source, what is not all here

    /**
     * How much of an arc has come from a process: a try that takes too long is gone on with by the next one.
     */
    private record Pulled(Action.TakeArc take, Question.Pull question, long position) {
        boolean of(Action.TakeArc other) {
            return take.arc().equals(other.arc());
        }

        Pulled at(long now) {
            return new Pulled(take, question, now);
        }
    }

    ArcTaking(RecordEngine engine) {
        this.engine = engine;
    }

    /** Takes an arc and tells the member how it went. */
    void take(Peer member, Action.TakeArc take) {
        Optional<NodeState> state = engine.member(member.id());
        if (state.isEmpty()) {
            return;
        }
        engine.holder().keepAll(engine.limits().keep(), () -> {
            if (engine.settings().agreement()) {
                TenureChange tenure = engine.tenures().attempt(state.get(), List.of(take.arc()), true);
                tenure.listen(state.get(), () -> new Try(member, take, Optional.of(tenure)).start());
            } else {
                new Try(member, take, Optional.empty()).start();
            }
        });
    }

    /** One try. */
    private final class Try {
        private final Peer member;
        private final Action.TakeArc take;
        private final Optional<TenureChange> tenure;
        private final List<Peer> needed;
        private final Set<Peer> there = new HashSet<>();
        private final Map<Peer, Long> positions = new LinkedHashMap<>();
        private boolean released;
        private boolean settled;

        // Without agreement: of the holders of a write that its dead owner acknowledged, one of any quorum
        // has to be heard; so all that can be one, if they are believed alive.
        Try(Peer member, Action.TakeArc take, Optional<TenureChange> tenure) {
            this.member = member;
            this.take = take;
            this.tenure = tenure;
            this.settled = take.sources().isEmpty();
            List<Peer> others = take.sources().stream()
                    .filter(p -> !p.process().equals(member.process()))
                    .toList();
            this.needed =
                    tenure.isPresent() ? List.of() : Placement.holders(others, Math.max(0, engine.replicas() - 1));
        }

        private boolean required(Peer source) {
            return source.equals(take.sources().get(0)) || needed.contains(source);
        }

        // Sources that hang must not hold up the arc: first it is seen which answer at all.
        void start() {
            int[] left = {take.sources().size()};
            if (left[0] == 0) {
                begin();
            }
            for (Peer source : take.sources()) {
                long limit = required(source)
                        ? engine.limits().patience()
                        : engine.limits().briefly();
                engine.calls().<Boolean>one(source, new Question.Presence(), limit, yes -> {
                    yes.filter(y -> y).ifPresent(y -> there.add(source));
                    if (--left[0] == 0) {
                        pullNext(new ArrayDeque<>(take.sources()));
                    }
                });
            }
        }

        private void pullNext(Deque<Peer> sources) {
            Peer source = sources.poll();
            if (source == null) {
                releaseNext(new ArrayDeque<>(positions.keySet()));
            } else if (!there.contains(source)) {
                pulled(source, false, sources);
            } else {
                pull(source, whole -> pulled(source, whole, sources));
            }
        }

        private void pulled(Peer source, boolean whole, Deque<Peer> rest) {
            if (!whole && required(source)) {
                end(Event.TakeOutcome.FAILED, 0);
            } else {
                pullNext(rest);
            }
        }

        private void pull(Peer source, Consumer<Boolean> then) {
            Pulled before = pulled.get(source.process());
            if (before != null && before.of(take)) {
                pull(source, before, then);
                return;
            }
            engine.host().disk().fingerprints(take.arc(), here -> {
                if (here.isEmpty()) {
                    then.accept(false);
                } else {
                    pull(source, new Pulled(take, new Question.Pull(take.arc(), here, 0), 0), then);
                }
            });
        }

        private void pull(Peer source, Pulled from, Consumer<Boolean> then) {
            pulled.put(source.process(), from);
            Question.Pull question =
                    new Question.Pull(take.arc(), from.question().here(), from.position());
            Intake.Progress progress = (position, none) -> pulled.computeIfPresent(
                    source.process(), (process, sofar) -> sofar.at(Math.max(sofar.position(), position)));
            Consumer<Boolean> end = whole -> {
                if (whole) {
                    Pulled all = pulled.remove(source.process());
                    positions.put(source, all == null ? 0 : all.position());
                }
                then.accept(whole);
            };
            engine.host().ask(source, question, engine.limits().pull(), new Intake(engine, take.arc(), progress, end));
        }

        private void releaseNext(Deque<Peer> sources) {
            Peer source = sources.poll();
            if (source == null) {
                begin();
                return;
            }
            boolean head = source.equals(take.sources().get(0));
            Question.Release question =
                    new Question.Release(take.arc(), member, positions.getOrDefault(source, 0L), source.id(), head);
            Intake.Progress progress = (position, end) -> end.ifPresent(e -> {
                released |= e.given();
                settled |= head && e.settled();
                engine.holder().heardOf(e.epoch());
            });
            long limit = engine.limits().release();
            engine.host().ask(source, question, limit, new Intake(engine, take.arc(), progress, whole -> {
                if (whole) {
                    releaseNext(sources);
                } else {
                    end(Event.TakeOutcome.FAILED, 0);
                }
            }));
        }

        private Event.TakeOutcome outcome() {
            if (released) {
                return Event.TakeOutcome.RELEASED;
            }
            return settled ? Event.TakeOutcome.UNOWNED : Event.TakeOutcome.UNSETTLED;
        }

        // Where too few of those who kept the records before are in reach, the member owns the arc and does
        // not serve it until they can be reached.
        private void begin() {
            if (tenure.isEmpty()) {
                announce();
                return;
            }
            Optional<NodeState> now = engine.member(member.id());
            if (now.isEmpty()) {
                end(Event.TakeOutcome.FAILED, 0);
            } else {
                tenure.get()
                        .run(now.get(), begun -> tell(outcome(), engine.holder().epoch()));
            }
        }

        // Before anything is written under the new epoch, those who will have to know of it do.
        private void announce() {
            engine.holder().newEpoch(drawn -> {
                if (drawn.isEmpty()) {
                    end(Event.TakeOutcome.FAILED, 0);
                    return;
                }
                long epoch = drawn.get();
                int[] told = {0};
                Question.Replicate news = new Question.Replicate(Optional.empty(), List.of(), epoch, 0);
                long limit = engine.limits().call();
                QuorumWait.<Question.Kept>gather(
                        engine.host(),
                        needed,
                        new QuorumWait.Wait(limit, limit),
                        (peer, answer) -> engine.calls().one(peer, news, limit, answer),
                        (peer, kept) -> {
                            told[0] += kept.filter(k -> k == Question.Kept.KEPT).isPresent() ? 1 : 0;
                            return false;
                        },
                        () -> {
                            boolean enough =
                                    told[0] >= Math.min(engine.settings().writeQuorum() - 1, needed.size());
                            end(enough ? outcome() : Event.TakeOutcome.FAILED, enough ? epoch : 0);
                        });
            });
        }

        private void end(Event.TakeOutcome outcome, long epoch) {
            tenure.ifPresent(TenureChange::abandon);
            tell(outcome, epoch);
        }

        private void tell(Event.TakeOutcome outcome, long epoch) {
            engine.host().taken(member.id(), new Event.ArcTaken(take.attempt(), outcome, epoch));
        }
    }
}
