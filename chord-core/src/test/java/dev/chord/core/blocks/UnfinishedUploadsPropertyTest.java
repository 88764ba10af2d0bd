package dev.chord.core.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Puts, confirmations, names, refusals, silence and shortage in any order: what anybody was told is kept
 * is kept.
 */
class UnfinishedUploadsPropertyTest {
    private static final int BLOCKS = 6;
    private static final int UPLOADS = 5;

    private static Identifier block(int number) {
        return Identifier.of(1000 + number);
    }

    private static final class Holder {
        private final Set<Identifier> here = new HashSet<>();
        private final Set<Identifier> promised = new HashSet<>(); // to owners of names, and to who cannot be told apart
        private final Map<Identifier, Set<Identifier>> confirmed = new HashMap<>(); // by upload
        private long now;
        private final UnfinishedUploads uploads = new UnfinishedUploads(() -> now, BlockLimits.DEFAULT, digest -> 1);

        void put(Identifier block, Precedence upload) {
            if (uploads.isOver(upload)) {
                return;
            }
            if (here.contains(block)) {
                uploads.storedAgain(block, upload);
            } else {
                uploads.arrived(block, upload);
                here.add(block);
            }
            if (upload.equals(Precedence.FIRST)) {
                promised.add(block);
            }
        }

        void confirm(Identifier block, Identifier upload) {
            if (here.contains(block)) {
                uploads.confirm(block, upload);
                confirmed.computeIfAbsent(upload, u -> new HashSet<>()).add(block);
            }
        }

        void renew(Identifier block) {
            if (here.contains(block)) {
                uploads.settle(block);
                promised.add(block);
            }
        }

        void release(Identifier upload) {
            confirmed.remove(upload);
            letGo(uploads.release(upload));
        }

        // Somebody may come between the two steps.
        void letGo(List<Identifier> blocks) {
            for (Identifier block : blocks) {
                if (uploads.unneeded(block)) {
                    here.remove(block);
                    uploads.removed(block);
                }
            }
        }

        void check() {
            assertThat(here).containsAll(promised);
            confirmed.values().forEach(blocks -> assertThat(here).containsAll(blocks));
        }
    }

    @Property(tries = 2000)
    void nothingGoesThatAnybodyWasToldIsKept(@ForAll long seed) {
        Random random = new Random(seed);
        Holder holder = new Holder();
        for (int step = 0; step < 60; step++) {
            Identifier block = block(random.nextInt(BLOCKS));
            int number = 1 + random.nextInt(UPLOADS);
            Precedence upload = new Precedence(random.nextInt(4) == 0 ? 0 : 10 + number, Identifier.of(number));
            switch (random.nextInt(9)) {
                case 0, 1, 2 -> holder.put(block, upload);
                case 3 -> holder.put(block, random.nextInt(4) == 0 ? Precedence.FIRST : upload);
                case 4 -> holder.confirm(block, upload.upload());
                case 5 -> holder.renew(block);
                case 6 -> holder.release(upload.upload());
                case 7 -> {
                    List<Identifier> going = holder.uploads.giveWay(upload, 1 + random.nextInt(3));
                    if (random.nextBoolean()) {
                        holder.put(block, upload);
                        holder.confirm(block, upload.upload());
                    }
                    holder.letGo(going);
                }
                default -> {
                    holder.now += random.nextInt(20_000_000);
                    if (random.nextInt(8) == 0) {
                        holder.now += 700_000_000;
                        holder.uploads.forget();
                        holder.confirmed.clear(); // the owner of the name has spoken by now, or nobody will
                    }
                }
            }
            holder.check();
        }
    }
}
