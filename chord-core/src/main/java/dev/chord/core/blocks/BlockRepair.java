package dev.chord.core.blocks;

import dev.chord.core.blocks.BlockEngine.Round;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.placement.Placement;
import dev.chord.core.records.Differences;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Goes once through every block that a process holds, in key order, and brings each to the processes that
 * should hold it. Every holder supplies the others, so one good copy is enough to heal the rest; a leftover
 * goes only after each holder has confirmed its copy. Holders that have the same find out by a fingerprint of
 * each arc and say no more. Belongs to one engine.
 */
final class BlockRepair {
    private static final int BATCH = 500;

    private final BlockEngine engine;
    private final boolean leaving;
    private final Consumer<Long> progress;
    private final Arcs arcs;
    private final Map<At, Differences> known = new HashMap<>();
    private final Set<Identifier> silent =
            new TreeSet<>(); // processes; one that did not answer is left for the next pass
    private Round total = Round.NOTHING;

    private record At(Peer peer, Arc arc) {}

    /**
     * @param leaving whether this process will be gone: then it keeps its copies and tells the others to
     *     keep theirs
     * @param progress told how many blocks have been looked at
     */
    BlockRepair(BlockEngine engine, boolean leaving, Consumer<Long> progress) {
        this.engine = engine;
        this.leaving = leaving;
        this.progress = progress;
        this.arcs = new Arcs(engine.host());
    }

    void start(Consumer<Round> then) {
        after(Optional.empty(), then);
    }

    // In key order, in runs that belong to one arc.
    private void after(Optional<Identifier> last, Consumer<Round> then) {
        NavigableSet<Identifier> all = engine.holder().holdings().digests();
        NavigableSet<Identifier> rest = last.map(key -> all.tailSet(key, false)).orElse(all);
        List<Identifier> page = rest.stream()
                .filter(digest -> !engine.holder().isUnfinished(digest))
                .limit(BATCH)
                .toList();
        if (page.isEmpty()) {
            then.accept(total);
            return;
        }
        arcs.find(page.get(0), found -> {
            List<Identifier> run = page.stream()
                    .takeWhile(digest -> digest.equals(page.get(0))
                            || found.filter(f -> f.arc().contains(digest)).isPresent())
                    .toList();
            Identifier end = run.get(run.size() - 1);
            Consumer<Round> done = round -> {
                total = total.plus(round);
                progress.accept(total.checked());
                // Each run begins anew: one that is answered at once must not be within the one before it.
                engine.host().after(0, () -> after(Optional.of(end), then));
            };
            if (found.isEmpty()) {
                done.accept(new Round(run.size(), 0, 0, run.size()));
            } else {
                byCopies(new ArrayDeque<>(group(run)), found.get(), Round.NOTHING, done);
            }
        });
    }

    private List<Map.Entry<Integer, List<Identifier>>> group(List<Identifier> run) {
        Map<Integer, List<Identifier>> groups = new TreeMap<>();
        run.forEach(digest -> groups.computeIfAbsent(engine.holder().copies(digest), copies -> new ArrayList<>())
                .add(digest));
        return List.copyOf(groups.entrySet());
    }

    private void byCopies(
            Deque<Map.Entry<Integer, List<Identifier>>> groups, Arcs.Found found, Round before, Consumer<Round> then) {
        if (groups.isEmpty()) {
            then.accept(before);
            return;
        }
        Map.Entry<Integer, List<Identifier>> group = groups.remove();
        Identifier here = engine.self().process();
        List<Peer> chain = found.chain().stream()
                .filter(peer -> !leaving || !peer.process().equals(here))
                .toList();
        List<Peer> holders = Placement.spread(chain, group.getKey());
        // A ring that looks smaller than it has to be is no reason to let anything go.
        boolean drop = !leaving && !Placement.isHolder(here, holders) && holders.size() == group.getKey();
        Deque<Peer> receivers = new ArrayDeque<>(holders);
        receivers.removeIf(peer -> peer.process().equals(here));
        new Batch(
                        group.getValue(),
                        found.arc(),
                        drop,
                        receivers,
                        round -> byCopies(groups, found, before.plus(round), then))
                .next();
    }

    /** Blocks of one arc that the same processes should hold. */
    private final class Batch {
        private final List<Identifier> digests;
        private final Arc arc;
        private final boolean drop;
        private final Deque<Peer> receivers;
        private final Consumer<Round> then;
        private final Set<Identifier> incomplete = new TreeSet<>();
        private long copied;

        Batch(List<Identifier> digests, Arc arc, boolean drop, Deque<Peer> receivers, Consumer<Round> then) {
            this.digests = digests;
            this.arc = arc;
            this.drop = drop;
            this.receivers = receivers;
            this.then = then;
        }

        void next() {
            if (receivers.isEmpty()) {
                end();
                return;
            }
            Peer receiver = receivers.remove();
            if (silent.contains(receiver.process())) {
                missed(receiver);
                return;
            }
            doubtful(receiver, found -> {
                if (found.isEmpty()) {
                    missed(receiver);
                } else {
                    supply(receiver, found.get());
                }
            });
        }

        private void missed(Peer receiver) {
            silent.add(receiver.process());
            incomplete.addAll(digests);
            next();
        }

        // Where something is to be let go a fingerprint does not count: each copy is asked for by name. So it
        // is where this process is to go: the others are told to keep what they have.
        private void doubtful(Peer receiver, Consumer<Optional<List<Identifier>>> answer) {
            if (drop || leaving) {
                answer.accept(Optional.of(digests));
                return;
            }
            At at = new At(receiver, arc);
            Optional<Differences> before = Optional.ofNullable(known.get(at));
            if (before.isPresent()) {
                answer.accept(before.map(this::differing));
                return;
            }
            Fingerprints ours = Fingerprints.of(engine.holder().holdings().digests(), arc);
            engine.ask(receiver, new BlockQuestion.Fingerprint(arc), theirs -> {
                Optional<Differences> differences = theirs.map(t -> new Differences(ours, t));
                differences.ifPresent(d -> known.put(at, d));
                answer.accept(differences.map(this::differing));
            });
        }

        private List<Identifier> differing(Differences differences) {
            return digests.stream().filter(differences::in).toList();
        }

        private void supply(Peer receiver, List<Identifier> doubtful) {
            long keep = leaving ? engine.limits().drained() : 0;
            if (doubtful.isEmpty()) {
                next();
                return;
            }
            engine.ask(receiver, new BlockQuestion.Has(doubtful, true, keep), presences -> {
                if (presences.filter(p -> p.size() == doubtful.size()).isEmpty()) {
                    missed(receiver);
                    return;
                }
                Deque<Identifier> lacking = new ArrayDeque<>();
                for (int i = 0; i < doubtful.size(); i++) {
                    BlockQuestion.Presence there = presences.get().get(i);
                    if (!there.held() && there.promised()) {
                        incomplete.add(doubtful.get(i)); // another holder sends it now; the next round sees
                    } else if (!there.held()) {
                        lacking.add(doubtful.get(i));
                    }
                }
                Steps.each(lacking, (digest, sent) -> send(receiver, digest, sent), this::next);
            });
        }

        private void send(Peer receiver, Identifier digest, Runnable then) {
            engine.supply(receiver, digest, sent -> {
                if (sent) {
                    copied++;
                } else {
                    incomplete.add(digest); // damaged here, or not taken there; the next round tries again
                }
                then.run();
            });
        }

        private void end() {
            List<Identifier> going =
                    drop ? digests.stream().filter(d -> !incomplete.contains(d)).toList() : List.of();
            long[] dropped = {0};
            Countdown all = new Countdown(
                    going.size(), () -> then.accept(new Round(digests.size(), copied, dropped[0], incomplete.size())));
            for (Identifier digest : going) {
                engine.holder().drop(digest, gone -> {
                    dropped[0] += gone ? 1 : 0;
                    all.end();
                });
            }
            all.end();
        }
    }
}
