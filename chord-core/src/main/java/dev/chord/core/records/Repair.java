package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.records.RecordEngine.Round;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Goes once through every record that a process holds, in key order, and brings each to the processes that
 * should hold it. Every holder supplies the others, so one good copy is enough to heal the rest; a leftover
 * goes only after each holder has confirmed its copy, and never while this process speaks for the key, or may
 * have to hand it out. Belongs to one engine.
 */
final class Repair {
    private final RecordEngine engine;
    private final Optional<Identifier> without;
    private final long keep;
    private final Map<At, Differences> known = new HashMap<>();
    private final Set<Peer> silent = new HashSet<>();
    private final Consumer<Long> progress;
    private Round total = new Round(0, 0, 0, 0);

    private record At(Peer peer, Arc arc) {}

    /** Who should hold what lies in an arc. */
    private record Target(Arc arc, List<Peer> holders) {}

    /**
     * @param leaving whether this process will be gone: then it keeps its copies and tells the others to
     *     keep theirs
     * @param progress told how many records have been looked at
     */
    Repair(RecordEngine engine, boolean leaving, long keep, Consumer<Long> progress) {
        this.engine = engine;
        this.without = leaving ? Optional.of(here()) : Optional.empty();
        this.keep = keep;
        this.progress = progress;
    }

    private Identifier here() {
        return engine.host().members().get(0).self().process();
    }

    void start(Consumer<Round> then) {
        page(Optional.empty(), then);
    }

    private void page(Optional<Identifier> after, Consumer<Round> then) {
        engine.host().disk().after(after, found -> {
            if (found.isEmpty()) {
                total = total.plus(new Round(0, 0, 0, 1));
            }
            List<Record> page = found.orElse(List.of());
            if (page.isEmpty()) {
                then.accept(total);
                return;
            }
            Identifier last = page.get(page.size() - 1).key();
            runs(new ArrayDeque<>(page), () -> page(Optional.of(last), then));
        });
    }

    // In runs that belong to one arc.
    private void runs(Deque<Record> page, Runnable then) {
        if (page.isEmpty()) {
            then.run();
            return;
        }
        target(page.peek().key(), target -> {
            List<Record> run = new ArrayList<>(List.of(page.poll()));
            while (!page.isEmpty()
                    && target.filter(t -> t.arc().contains(page.peek().key())).isPresent()) {
                run.add(page.poll());
            }
            Consumer<Round> done = round -> {
                total = total.plus(round);
                progress.accept(total.checked());
                runs(page, then);
            };
            if (target.isEmpty()) {
                done.accept(new Round(run.size(), 0, 0, run.size()));
            } else {
                move(run, target.get(), done);
            }
        });
    }

    private void target(Identifier key, Consumer<Optional<Target>> then) {
        engine.calls()
                .lookup(
                        key,
                        found -> then.accept(found.flatMap(up -> up.result()
                                .arc()
                                .map(arc -> {
                                    List<Peer> chain = up.result().chain().stream()
                                            .filter(p -> without.map(w -> !w.equals(p.process()))
                                                    .orElse(true))
                                            .toList();
                                    return new Target(arc, Placement.holders(chain, engine.replicas()));
                                }))));
    }

    private void move(List<Record> run, Target target, Consumer<Round> then) {
        // A ring that looks smaller than it has to be is no reason to let anything go.
        boolean drop = without.isEmpty()
                && !Placement.isHolder(here(), target.holders())
                && target.holders().size() == engine.replicas()
                && run.stream().noneMatch(r -> isNeeded(r.key()));
        List<Peer> others = target.holders().stream()
                .filter(p -> !p.process().equals(here()))
                .toList();
        int[] counts = {others.size(), 0, 0};
        Runnable end = () -> {
            boolean all = counts[2] == 0;
            if (drop && all) {
                engine.holder()
                        .drop(run, gone -> then.accept(new Round(run.size(), counts[1], gone ? run.size() : 0, 0)));
            } else {
                then.accept(new Round(run.size(), counts[1], 0, all ? 0 : run.size()));
            }
        };
        if (others.isEmpty()) {
            end.run();
        }
        for (Peer receiver : others) {
            supply(receiver, run, target.arc(), drop, sent -> {
                counts[1] += sent.orElse(0);
                counts[2] += sent.isPresent() ? 0 : 1;
                if (--counts[0] == 0) {
                    end.run();
                }
            });
        }
    }

    // What this process still speaks for it keeps, wherever its place in the ring has moved.
    private boolean isNeeded(Identifier key) {
        return engine.owner(key).isPresent() || engine.holder().names(key);
    }

    // One that did not answer is left for the next pass: it must not hold up what the others lack.
    private void supply(Peer receiver, List<Record> run, Arc arc, boolean drop, Consumer<Optional<Integer>> then) {
        if (silent.contains(receiver)) {
            engine.host().after(0, () -> then.accept(Optional.empty()));
            return;
        }
        Consumer<Optional<Integer>> end = sent -> {
            if (sent.isEmpty()) {
                silent.add(receiver);
            }
            then.accept(sent);
        };
        Supply supply = new Supply(engine, receiver, keep, 0);
        // Where something is to be let go a fingerprint does not count: each copy is asked for by name. So it
        // is where this process is to go: the others are told to keep what they have.
        if (drop || without.isPresent()) {
            supply.records(run, end);
            return;
        }
        differences(supply, new At(receiver, arc), found -> {
            if (found.isEmpty()) {
                end.accept(Optional.empty());
            } else {
                supply.records(run.stream().filter(r -> found.get().in(r.key())).toList(), end);
            }
        });
    }

    private void differences(Supply supply, At at, Consumer<Optional<Differences>> then) {
        Differences before = known.get(at);
        if (before != null) {
            then.accept(Optional.of(before));
            return;
        }
        supply.differences(at.arc(), found -> {
            found.ifPresent(f -> known.put(at, f));
            then.accept(found);
        });
    }
}
