package dev.chord.client.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.proto.v1.Manifest;
import java.nio.ByteBuffer;

/** Manifests of files as blocks and as values. Pure; any thread. */
public final class ManifestCodec {
    private static final int FORMAT = 1;

    private ManifestCodec() {}

    /** The manifest as a block. */
    public static byte[] out(FileManifest manifest) {
        return Manifest.newBuilder()
                .setFormat(FORMAT)
                .setSize(manifest.size())
                .setChunkSize(manifest.chunkSize())
                .addAllChunks(manifest.chunks().stream().map(WireCodec::out).toList())
                .setDigest(WireCodec.out(manifest.digest()))
                .build()
                .toByteArray();
    }

    /**
     * Reads a manifest block.
     *
     * @throws ChordException INTEGRITY if the bytes are no manifest
     */
    public static FileManifest in(ByteBuffer block) {
        try {
            Manifest words = Manifest.parseFrom(block);
            FileManifest manifest = new FileManifest(
                    words.getSize(),
                    words.getChunkSize(),
                    words.getChunksList().stream()
                            .map((ByteString chunk) -> WireCodec.in(chunk))
                            .toList(),
                    WireCodec.in(words.getDigest()));
            if (words.getFormat() != FORMAT || !manifest.consistent()) {
                throw notOne("its numbers do not fit together");
            }
            return manifest;
        } catch (InvalidProtocolBufferException | MalformedMessageException e) {
            throw notOne(String.valueOf(e.getMessage()));
        }
    }

    private static ChordException notOne(String why) {
        return new ChordException(
                ErrorCode.INTEGRITY,
                "this block is not the manifest of a file: " + why,
                "give the content id of a file");
    }
}
