package dev.chord.client;

import dev.chord.client.Explanation.BlockCopies;
import dev.chord.client.Explanation.Part;
import dev.chord.client.Explanation.RecordCopy;
import dev.chord.client.Explanation.State;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks at the ring from outside and says what is where, and what is not where it should be. */
public final class Diagnosis {
    private final Ring.Parts parts;
    private final RingFiles files;
    private final RingOptions options;

    Diagnosis(Ring.Parts parts, RingFiles files, RingOptions options) {
        this.parts = parts;
        this.files = files;
        this.options = options;
    }

    /**
     * Who should hold a file's record and blocks, and who does.
     *
     * @throws ChordException NOT_FOUND if nothing has this reference
     */
    public Explanation explain(String ref) {
        Located located = files.locate(ref);
        List<RecordCopy> record = located.name().map(this::record).orElse(List.of());
        boolean shared = located.name().map(NameEntry::shared).orElse(false);
        int copies = located.name().map(NameEntry::copies).filter(c -> c > 0).orElse(options.replicas());
        List<Identifier> blocks = new ArrayList<>(List.of(located.content()));
        if (!shared) {
            FileManifest manifest = files.manifest(located.content());
            blocks.addAll(manifest.chunks());
        }
        Map<List<Peer>, List<Identifier>> byChain = new LinkedHashMap<>();
        for (Identifier block : blocks.stream().distinct().toList()) {
            List<Peer> chain = parts.locator().chain(block, options.timeout());
            byChain.computeIfAbsent(chain, c -> new ArrayList<>()).add(block);
        }
        List<Part> result = new ArrayList<>();
        byChain.forEach((chain, digests) -> result.add(part(chain, digests, copies)));
        return new Explanation(located, record, result);
    }

    private List<RecordCopy> record(NameEntry name) {
        Identifier key = Label.key(name.name());
        List<Peer> chain = parts.locator().lookup(key, options.timeout()).chain();
        List<Peer> should = Placement.holders(chain, options.replicas());
        List<RecordCopy> copies = new ArrayList<>();
        for (Peer peer : Placement.holders(chain, chain.size())) {
            Optional<List<Record>> answer =
                    parts.records().copy(peer, key, RecordKind.RECORD_KIND_NAME, options.timeout());
            Version version = answer.stream()
                    .flatMap(List::stream)
                    .filter(r -> r.getLabel().equals(name.name()))
                    .map(r -> WireCodec.in(r.getVersion()))
                    .findFirst()
                    .orElse(Version.NONE);
            int place = should.indexOf(peer);
            State state = state(answer.isPresent(), place >= 0, version, name.version());
            if (place >= 0 || state == State.SURPLUS) {
                String role = place == 0 ? "owner" : place > 0 ? "copy " + place : "leftover";
                copies.add(new RecordCopy(peer, role, version, state));
            }
        }
        return copies;
    }

    private static State state(boolean answered, boolean should, Version has, Version current) {
        if (!answered) {
            return State.SILENT;
        }
        if (!should) {
            return has.equals(Version.NONE) ? State.GOOD : State.SURPLUS;
        }
        if (has.equals(Version.NONE)) {
            return State.MISSING;
        }
        return current.newerThan(has) ? State.STALE : State.GOOD;
    }

    private Part part(List<Peer> chain, List<Identifier> digests, int copies) {
        List<Peer> should = Placement.spread(chain, copies);
        List<BlockCopies> holders = new ArrayList<>();
        for (Peer peer : Placement.holders(chain, chain.size())) {
            Optional<HasBlocksReply> answer = parts.blocks().has(digests, peer, options.timeout());
            List<Boolean> held = new ArrayList<>();
            for (int i = 0; i < digests.size(); i++) {
                int at = i;
                held.add(answer.map(a -> a.getHeld(at) && !a.getShared(at)).orElse(false));
            }
            boolean holder = should.contains(peer);
            if (holder) {
                State bad = answer.isEmpty() ? State.SILENT : State.MISSING;
                holders.add(new BlockCopies(peer, held.contains(false) ? bad : State.GOOD, held));
            } else if (held.contains(true)) {
                holders.add(new BlockCopies(peer, State.SURPLUS, held));
            }
        }
        return new Part(digests, copies, holders);
    }
}
