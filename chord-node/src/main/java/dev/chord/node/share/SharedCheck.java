package dev.chord.node.share;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.locate.FoundMembers;
import dev.chord.client.record.RecordClient;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.CheckSharedRequest;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Looks whether a shared file can be found and fetched from this node, as anybody would do it. */
public final class SharedCheck {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final RecordClient records;
    private final BlockClient blocks;
    private final FoundMembers members;

    public SharedCheck(RecordClient records, BlockClient blocks, FoundMembers members) {
        this.members = members;
        this.records = records;
        this.blocks = blocks;
    }

    /** What is wrong; empty: nothing. */
    public String check(CheckSharedRequest request) {
        Identifier content = WireCodec.in(request.getContent());
        Identifier provider = WireCodec.in(request.getProvider());
        String name = FileName.of(request.getName());
        try {
            if (!named(name, content)) {
                return "the name does not lead to the file";
            }
            Optional<Peer> peer = listed(content, provider);
            if (peer.isEmpty()) {
                return "the one who shares it is not listed";
            }
            List<Identifier> chunks = ManifestCodec.in(
                            blocks.get(content, List.of(), "", LIMIT).data())
                    .chunks();
            Identifier first = chunks.isEmpty() ? content : chunks.get(0);
            Optional<HasBlocksReply> answer = blocks.has(List.of(first), peer.get(), LIMIT);
            if (answer.isEmpty()) {
                return "the one who shares it cannot be reached at "
                        + peer.get().endpoint();
            }
            boolean has = chunks.isEmpty() || answer.get().getHeld(0);
            return has ? "" : "the one who shares it does not have its first block";
        } catch (ChordException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private boolean named(String name, Identifier content) {
        return records.read(Label.key(name), RecordKind.RECORD_KIND_NAME, LIMIT).stream()
                .filter(r -> r.getLabel().equals(name) && !r.getDeleted())
                .anyMatch(r -> leadsTo(r, content));
    }

    private static boolean leadsTo(Record record, Identifier content) {
        try {
            return NameValue.parseFrom(record.getValue()).getContent().equals(WireCodec.out(content));
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    private Optional<Peer> listed(Identifier content, Identifier provider) {
        return records.read(content, RecordKind.RECORD_KIND_PROVIDER, LIMIT).stream()
                .filter(r -> !r.getDeleted() && r.getLabel().equals(provider.toHex()))
                .flatMap(r -> peer(r).stream())
                .findFirst()
                .flatMap(peer -> members.find(peer, LIMIT));
    }

    private static Optional<Peer> peer(Record record) {
        try {
            return Optional.of(
                    WireCodec.in(ProviderValue.parseFrom(record.getValue()).getPeer()));
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }
}
