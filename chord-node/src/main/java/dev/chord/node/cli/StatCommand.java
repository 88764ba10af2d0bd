package dev.chord.node.cli;

import dev.chord.client.NameEntry;
import dev.chord.client.Refs;
import dev.chord.client.Ring;
import dev.chord.client.content.FileManifest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord stat}: what a file is. */
@Command(
        name = "stat",
        description = "Say what a file is: content id, digest, size, version.",
        mixinStandardHelpOptions = true)
final class StatCommand extends RingVerb {
    @Parameters(paramLabel = "REF", description = "content id or its beginning, name, name@node; id: and name: force")
    String ref = "";

    @Override
    int run(Ring ring, Output out) {
        Refs.Resolved resolved = ring.files().resolve(ref);
        FileManifest manifest = ring.files().manifest(resolved.content());
        Optional<NameEntry> name = resolved.name();
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("name", name.map(NameEntry::name).orElse(null));
        value.put("content", resolved.content().toHex());
        value.put("sha256", manifest.digest().toHex());
        value.put("size", manifest.size());
        value.put("chunks", manifest.chunks().size());
        value.put("chunkSize", manifest.chunkSize());
        value.put("version", name.map(n -> n.version().number()).orElse(null));
        value.put("writer", name.map(n -> n.version().writer().toHex()).orElse(null));
        value.put("shared", name.map(NameEntry::shared).orElse(null));
        List<List<String>> rows = value.entrySet().stream()
                .filter(e -> e.getValue() != null)
                .map(e -> List.of(e.getKey(), String.valueOf(e.getValue())))
                .toList();
        out.result(value, Output.table(rows));
        return 0;
    }
}
